// The calls that these tests make, as any client would make them.

export async function token(server, client = server.credentials.clients.engine) {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: client.client_id,
    client_secret: client.client_secret,
  });
  return (await answered(fetch(`${server.url}/connect/token`, { method: "POST", body: form }))).access_token;
}

export class Customer {
  /** A customer with a conversation of their own. */
  static async arrive(server, accessToken, binding) {
    const customer = new Customer(server, accessToken);
    const { conversationId } = await customer.#post("/api/v1/conversations/establish", {
      integrationId: server.credentials.hub.integrations.customer,
      channelType: "Direct",
      binding,
    });
    customer.conversation = conversationId;
    return customer;
  }

  constructor(server, accessToken) {
    this.server = server;
    this.accessToken = accessToken;
  }

  say(text) {
    const path = `/inbound/customer/v1/direct/activity/${this.conversation}`;
    return this.#post(path, { type: "message", message: { type: "text", text } });
  }

  #post(path, body) {
    return call(this.server, this.accessToken, "POST", path, body);
  }
}

/** What a call answers that has to succeed. */
export function call(server, accessToken, method, path, body) {
  const headers = { Authorization: `Bearer ${accessToken}`, "Content-Type": "application/json" };
  return answered(fetch(server.url + path, { method, headers, body: JSON.stringify(body) }));
}

async function answered(request) {
  const answer = await request;
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  return JSON.parse(text);
}
