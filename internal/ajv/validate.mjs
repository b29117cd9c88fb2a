// validate.mjs reads JSON documents on standard input, one a line, and says of each on a line of its own whether it is
// valid under the JSON Schema in the file that is named by the first argument.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import Ajv from "ajv/dist/2020.js";

const validate = new Ajv({ strict: true }).compile(JSON.parse(readFileSync(process.argv[2], "utf8")));
for await (const line of createInterface({ input: process.stdin })) {
  console.log(validate(JSON.parse(line)));
}
