// Asks the example about each case on standard input.

import { readFileSync } from "node:fs";

import { isGenuine } from "./receiver.js";

const cases = JSON.parse(readFileSync(0, "utf8"));
const said = cases.map(({ privateKey, headers, body, now }) => isGenuine(privateKey, headers, Buffer.from(body), now));
console.log(JSON.stringify(said));
