// Package e2e runs workflows for real, in tests: act (https://github.com/nektos/act) reads them as GitHub would and
// runs their steps on this machine, in a clean environment, against a stand-in GitHub that the test provides. That
// server must answer git's smart HTTP protocol below /owner/name, allow any commit to be fetched by its hash
// (uploadpack.allowAnySHA1InWant, as GitHub does), and serve the REST API below /api/v3.
//
// act is built from its pinned source with our patch by act/build.sh, a module of its own; the patch says for each of
// its parts which behaviour of GitHub it restores. actions/checkout is replaced by testdata/checkout, which fetches
// what it is asked for from the same server.
//
// What act does not do, and no test here can show: filters of events, permissions of the GITHUB_TOKEN, concurrency
// groups, environments, timeout-minutes and continue-on-error of a job.
package e2e
