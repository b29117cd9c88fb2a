// Package openapi judges exchanges with GitHub's REST API by GitHub's own description of it.
//
// In: an exchange as the stand-in of package githubtest saw it: the request of one of our clients, and the answer that
// the stand-in gave. Out: what is wrong with either, one sentence each; none if the description agrees with both.
//
// The description is the part of npm's @octokit/openapi that this project uses (description/README.md). It is departed
// from in three places, which deviation.go lists; a test demands that each is still needed. What the description says
// in prose alone is quoted in prose.go.
package openapi
