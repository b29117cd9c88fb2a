package validate

import (
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/task-assistant/tasc/internal/script"
)

// reads says that a request changes nothing. A method that is not known may.
func reads(r script.Request) bool { return r.Method == "GET" || r.Method == "HEAD" }

// segments are the parts of a request's path, without host and query.
func segments(r script.Request) []string {
	rest := r.URL.Text
	if _, after, ok := strings.Cut(rest, "://"); ok {
		_, rest, _ = strings.Cut(after, "/")
	}
	rest, _, _ = strings.Cut(rest, "?")
	rest, _, _ = strings.Cut(rest, "#")
	if plain, err := url.PathUnescape(rest); err == nil {
		rest = plain
	}
	return slices.DeleteFunc(strings.Split(clean(rest), "/"), func(s string) bool { return s == "" })
}

// clean resolves a/../b, as clients and servers do.
func clean(name string) string {
	if strings.Contains(name, "..") {
		return path.Clean(name)
	}
	return name
}

// resources are what the rules know below repos/owner/name of GitHub's API (docs.github.com/rest).
var resources = []string{"actions", "contents", "dispatches", "git", "merge-upstream", "merges", "pulls", "tarball", "zipball"}

// commonResources are those whose names other services have, too: they count behind repos or repositories only.
var commonResources = []string{"branches", "check-runs", "check-suites", "releases"}

// resource is a request's path from the resource in a repository on; nil where it is none of resources. The
// repository may be one variable or two, and a variable may hold all that stands before the resource.
func resource(r script.Request) []string {
	all := segments(r)
	for i := range all {
		from, known := 0, resources
		switch {
		case all[i] == "repos" && i+2 < len(all) && strings.Contains(all[i+1], "$") && slices.Contains(slices.Concat(resources, commonResources), all[i+2]):
			from, known = i+2, slices.Concat(resources, commonResources)
		case all[i] == "repos":
			from, known = i+3, slices.Concat(resources, commonResources)
		case all[i] == "repositories":
			from, known = i+2, slices.Concat(resources, commonResources)
		case strings.Contains(all[i], "$") && !slices.Contains(all, "repos"):
			from = i + 1
		default:
			continue
		}
		if from < len(all) && slices.Contains(known, all[from]) {
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
	words := strings.FieldsFunc(unescaped(r.Body.Text), func(c rune) bool {
		return c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	})
	for _, n := range names {
		if slices.Contains(words, n) {
			return "sends the mutation " + n
		}
	}
	return ""
}

// unescaped decodes the letters that a text of JSON writes by their number.
func unescaped(text string) string {
	head, rest, ok := strings.Cut(text, `\u`)
	if !ok {
		return text
	}
	var b strings.Builder
	for b.WriteString(head); ok; {
		if v, err := strconv.ParseUint(rest[:min(4, len(rest))], 16, 32); err == nil && len(rest) >= 4 {
			b.WriteRune(rune(v))
			rest = rest[4:]
		}
		head, rest, ok = strings.Cut(rest, `\u`)
		b.WriteString(head)
	}
	return b.String()
}
