// check.mjs reads a request on standard input and writes findings on standard output, both JSON:
//   {"root": dir, "files": [path below root], "remote": {"owner/name": dir}}
//   [{"file": path, "line": 1, "column": 1, "message": text}]
// Errors and warnings are findings; hints are not. A workflow or action of a repository that is not
// in "remote" cannot be found, which is a finding too.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { registerLogger, validate } from "@actions/languageservice";
import { TextDocument } from "vscode-languageserver-textdocument";
import { parse } from "yaml";

const warning = 2; // severities of the language server protocol: 1 error, 2 warning, 3 information, 4 hint

const { root, files, remote } = JSON.parse(fs.readFileSync(0, "utf8"));

function folder(owner, name) {
  const dir = remote[`${owner}/${name}`];
  if (dir === undefined) throw new Error(`no folder given for ${owner}/${name}`);
  return dir;
}

const fileProvider = {
  async getFileContent(ref) {
    const dir = ref.repository ? folder(ref.owner, ref.repository) : root;
    return { name: ref.path, content: fs.readFileSync(path.join(dir, ref.path), "utf8") };
  },
};

const actionsMetadataProvider = {
  async fetchActionMetadata(action) {
    for (const name of ["action.yml", "action.yaml"]) {
      try {
        return parse(fs.readFileSync(path.join(folder(action.owner, action.name), action.path ?? "", name), "utf8"));
      } catch {
        // the next name, or unknown
      }
    }
    return undefined;
  },
};

const findings = [];
let crashes = []; // validate swallows its own, and only logs them
registerLogger({ error: (message) => crashes.push(message), warn() {}, info() {}, log() {} });
for (const file of files) {
  crashes = [];
  const uri = pathToFileURL(path.join(root, file)).href;
  const text = fs.readFileSync(path.join(root, file), "utf8");
  const found = await validate(TextDocument.create(uri, "yaml", 1, text), { fileProvider, actionsMetadataProvider });
  for (const { severity, range, message } of found) {
    if ((severity ?? 1) <= warning) {
      findings.push({ file, line: range.start.line + 1, column: range.start.character + 1, message });
    }
  }
  for (const message of crashes) findings.push({ file, line: 1, column: 1, message });
}
fs.writeSync(1, JSON.stringify(findings));
