// The packages import JSON files without saying so in an import attribute, which Node refuses.
// Used as: node --import ./json-hook.mjs
import { register } from "node:module";

const hook = `export const load = (url, context, next) =>
  next(url, url.endsWith(".json") ? { ...context, importAttributes: { type: "json" } } : context);`;

register("data:text/javascript," + encodeURIComponent(hook));
