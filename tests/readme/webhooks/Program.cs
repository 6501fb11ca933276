// Asks the example about each case on standard input.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json;

using var cases = JsonDocument.Parse(Console.OpenStandardInput());
var said = cases.RootElement.EnumerateArray().Select(one =>
{
    var headers = one.GetProperty("headers").EnumerateObject().ToDictionary(header => header.Name, header => header.Value.GetString());
    var body = Encoding.UTF8.GetBytes(one.GetProperty("body").GetString()!);
    var key = one.GetProperty("privateKey").GetString()!;
    return Receiver.IsGenuine(key, name => headers.GetValueOrDefault(name), body, one.GetProperty("now").GetInt64());
});
Console.WriteLine(JsonSerializer.Serialize(said.ToArray()));
