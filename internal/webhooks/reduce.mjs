// Writes payloads.json: real webhook payloads, reduced to what a workflow run finds in its event. `make payloads` runs it.
//
// A run's payload is the webhook's, without the App's installation and without the lists of files of a push
// (https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows). Links other than
// html_url and ids of GraphQL are left out too, since they make up nearly all of the size and no run may read them.
import { readFileSync, writeFileSync } from "node:fs";

const source = "@octokit/webhooks-examples";
const root = new URL(`./node_modules/${source}/`, import.meta.url);
const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
const webhooks = JSON.parse(readFileSync(new URL("api.github.com/index.json", root), "utf8"));

// The events that start a run of a platform are kept whole; of any other one example shows that it is left alone.
const ours = ["issues", "push", "repository_dispatch", "workflow_dispatch"];
const account = ["login", "type"];
const members = {
  assignee: account, assignees: account, author: ["name", "username"], committer: ["name", "username"], creator: account,
  organization: ["login"], owner: account, pusher: ["name"], sender: account, user: account,
  repository: ["name", "full_name", "owner", "private", "fork", "is_template", "default_branch", "archived", "disabled"],
};
const dropped = (key) => ["installation", "node_id", "gravatar_id", "reactions", "added", "removed", "modified"].includes(key) ||
  key === "url" || key.endsWith("_url") && key !== "html_url";

function reduce(value, key) {
  if (Array.isArray(value)) {
    return value.map((item) => reduce(item, key));
  }
  if (value === null || typeof value !== "object") {
    return value;
  }
  const keep = ([name]) => !dropped(name) && (members[key] ?? [name]).includes(name);
  return Object.fromEntries(Object.entries(value).filter(keep).map(([name, member]) => [name, reduce(member, name)]));
}

// shallow keeps of an event that is none of ours what every payload has.
function shallow(payload) {
  const keep = ([name, value]) => value === null || typeof value !== "object" || ["repository", "sender"].includes(name);
  return Object.fromEntries(Object.entries(payload).filter(keep));
}

const payloads = new Map(); // by text: many examples differ in what is left out alone
for (const { name: event, examples } of webhooks) {
  for (const example of ours.includes(event) ? examples : examples.slice(0, 1).map(shallow)) {
    const payload = reduce(example);
    payloads.set(JSON.stringify({ event, payload }), { event, payload });
  }
}
const lines = [...payloads.keys()].sort().map((text) => `    ${text}`).join(",\n");
writeFileSync(new URL("./payloads.json", import.meta.url),
  `{\n  "source": "${source} ${version}, MIT: see LICENSE",\n  "payloads": [\n${lines}\n  ]\n}\n`);
