package validate

import (
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/script"
)

// reads says that a request changes nothing. A method that is not known may.
func reads(r script.Request) bool { return r.Method == "GET" || r.Method == "HEAD" }

// segments are the parts of a request's path, without host and query.
func segments(r script.Request) []string {
	path := r.URL.Text
	if _, after, ok := strings.Cut(path, "://"); ok {
		_, path, _ = strings.Cut(after, "/")
	}
	path, _, _ = strings.Cut(path, "?")
	path, _, _ = strings.Cut(path, "#")
	return slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
}

// resources are what the rules know below repos/owner/name of GitHub's API (docs.github.com/rest).
var resources = []string{"actions", "contents", "dispatches", "git", "merge-upstream", "merges", "pulls", "tarball", "zipball"}

// resource is a request's path from the resource in a repository on; nil where it is none of resources. The
// repository may be one variable or two, and a variable may hold all that stands before the resource.
func resource(r script.Request) []string {
	all := segments(r)
	for i := range all {
		from := 0
		switch {
		case all[i] == "repos" && i+2 < len(all) && strings.Contains(all[i+1], "$") && slices.Contains(resources, all[i+2]):
			from = i + 2
		case all[i] == "repos":
			from = i + 3
		case all[i] == "repositories":
			from = i + 2
		case strings.Contains(all[i], "$") && !slices.Contains(all, "repos"):
			from = i + 1
		default:
			continue
		}
		if from < len(all) && slices.Contains(resources, all[from]) {
			return all[from:]
		}
	}
	return nil
}

// mutation finds one of GitHub's GraphQL mutations among the names in a request's body.
func mutation(r script.Request, names ...string) string {
	if all := segments(r); len(all) == 0 || all[len(all)-1] != "graphql" {
		return ""
	}
	words := strings.FieldsFunc(r.Body.Text, func(c rune) bool {
		return c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	})
	for _, n := range names {
		if slices.Contains(words, n) {
			return "sends the mutation " + n
		}
	}
	return ""
}
