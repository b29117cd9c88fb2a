// Package act executes workflows on this machine, without GitHub: act (https://github.com/nektos/act) reads them as
// GitHub would and runs their steps, in a clean environment, against a stand-in GitHub that the caller provides. That
// server must answer git's smart HTTP protocol below /owner/name, allow any commit to be fetched by its hash
// (uploadpack.allowAnySHA1InWant, as GitHub does), and serve the REST API below /api/v3.
//
// In: a Config, which says what happened where. Out: a Result, which says what every job and step did, and when. Steps
// run as the user who runs this program, in no container: nothing but their environment keeps them from the machine.
//
// act is built from its pinned source with our patch (Build), once per machine; the patch says for each of its parts
// which behaviour of GitHub it restores. actions/checkout is replaced by a stand-in of ours (Checkout), which fetches
// what it is asked for from the same server.
//
// What act does not do, and no run here can show: filters of events, permissions of the GITHUB_TOKEN, concurrency
// groups, environments, timeout-minutes and continue-on-error of a job.
package act
