// The real server on a free port with data of its own, that can be stopped, killed and started again in place.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const binary = process.env.SWITCHBOARD_BIN;
if (!binary) throw new Error("SWITCHBOARD_BIN has to name the switchboard binary");

// The server takes every variable of this name for configuration, and refuses those it does not know.
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SWITCHBOARD_")));
// What customers say comes to the agent at once.
environment.SWITCHBOARD_FAQ__FIRST_BOT_ACTIVE = "false";

export class Server {
  /** `variables` configure it beyond its defaults. */
  static async start(variables = {}) {
    const folder = await mkdtemp(join(tmpdir(), "switchboard-"));
    const server = new Server(folder, variables);
    await server.#run("127.0.0.1:0");
    server.credentials = JSON.parse(await readFile(join(folder, "data", "credentials.json"), "utf8"));
    server.url = server.credentials.baseUrl;
    return server;
  }

  constructor(folder, variables) {
    this.folder = folder;
    this.environment = { ...environment, ...variables };
  }

  /** Ends the server with a signal and starts it again on the same port and data. */
  async restart(signal) {
    const code = await this.#end(signal);
    if (signal === "SIGTERM" && code !== 0) throw new Error(`the server ended with ${code}\n${await this.log()}`);
    await this.#run(new URL(this.url).host);
  }

  async remove() {
    await this.#end("SIGKILL");
    await rm(this.folder, { recursive: true });
  }

  log() {
    return readFile(join(this.folder, "server.log"), "utf8");
  }

  async #run(listen) {
    const log = await open(join(this.folder, "server.log"), "a");
    this.process = spawn(binary, ["--listen", listen], {
      cwd: this.folder,
      env: this.environment,
      stdio: ["ignore", "pipe", log.fd],
    });
    this.ended = once(this.process, "exit");
    await log.close();
    // Printed when the port is open, so whoever connects from now on is served.
    for await (const line of createInterface(this.process.stdout)) {
      if (line.startsWith("Switchboard serves ")) return;
    }
    throw new Error(`the server did not start\n${await this.log()}`);
  }

  async #end(signal) {
    this.process.kill(signal);
    const [code] = await this.ended;
    return code;
  }
}
