// Package githubtest is a stand-in for GitHub on loopback: the REST routes that this project needs over real bare git
// repositories, git smart HTTP for the same repositories, and GitHub Apps with RSA keys whose installation tokens are
// held to their scope (repositories, permissions, expiry) on every request.
//
// In: Apps, repositories with commits, installations (AddApp, AddRepository, Commit, Install). Out: a listener whose
// URL is what Actions calls GITHUB_SERVER_URL and whose APIURL is GITHUB_API_URL, and afterwards what happened:
// Requests, Tokens, File, Log.
//
// Promises:
//   - an answer has GitHub's status, body shape and headers where public sources tell them; where they are silent the
//     comment at that place says so;
//   - a REST request starts no process; git http-backend serves clones and pushes;
//   - a repository can be renamed, ruled and slow to show what was written (Rename, AddRuleset, Lag);
//   - a plan of faults (Break) spoils chosen requests of either lane, and Mend undoes what lasts;
//   - PUT contents takes its optimistic lock on the branch head, as GitHub does (octonode#43, PyGithub#1787);
//   - every REST exchange of a test is held against GitHub's own OpenAPI description, the request and the answer
//     (module internal/openapi); what does not agree is a problem;
//   - a request that no client of ours should make (unknown route, unknown member in a body) is answered as GitHub
//     would and also becomes a problem, which fails the test that uses New.
//
// Rate limits are enforced where Config.Limits says so. Webhooks do not exist. A route is one line in the table of
// route.go and a handler that takes a *call.
package githubtest
