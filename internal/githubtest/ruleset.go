package githubtest

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Ruleset is a rule on refs that its bypass list may break.
type Ruleset struct {
	Ref    string   // full name, or a prefix that ends in "/"
	Says   string   // such as "Changes must be made through a pull request."
	Bypass []string // slugs of Apps
}

// AddRuleset puts a rule on refs of the repository: whoever is not on its bypass list can write them neither by the
// API nor by a push.
func (s *Server) AddRuleset(fullName string, rules Ruleset) {
	r := s.repository(fullName)
	s.mu.Lock()
	defer s.mu.Unlock()
	r.rulesets = append(r.rulesets, rules)
	hook := filepath.Join(r.git.Dir(), "hooks", "pre-receive")
	s.check(os.MkdirAll(filepath.Dir(hook), 0o755))
	s.check(os.WriteFile(hook, []byte(preReceive), 0o755))
}

// SetRulesets replaces all rules of the repository.
func (s *Server) SetRulesets(fullName string, all ...Ruleset) {
	r := s.repository(fullName)
	s.mu.Lock()
	r.rulesets = nil
	s.mu.Unlock()
	for _, rules := range all {
		s.AddRuleset(fullName, rules)
	}
}

// breaks returns the rules that a write of ref by who would break. The caller holds s.mu.
func (r *repository) breaks(who identity, ref string) []string {
	app := ""
	if who.token != nil {
		app = who.token.App
	}
	var broken []string
	for _, rules := range r.rulesets {
		covers := rules.Ref == ref || strings.HasSuffix(rules.Ref, "/") && strings.HasPrefix(ref, rules.Ref)
		if covers && !slices.Contains(rules.Bypass, app) {
			broken = append(broken, rules.Says)
		}
	}
	return broken
}

// ruled refuses a write of a ref by the API, in the words of satisfactory-factories/application#67; that PUT contents
// does it with 409 is what GitHub's OpenAPI description declares. nil means yes.
func (c *call) ruled(ref string) *answer {
	c.s.mu.Lock()
	broken := c.repo.breaks(c.who, ref)
	c.s.mu.Unlock()
	if len(broken) == 0 {
		return nil
	}
	no := refusal(http.StatusConflict, "Repository rule violations found\n\n"+strings.Join(broken, "\n")+"\n\n", "")
	return &no
}

// preReceive refuses a push of refs that serveGit names, one "ref<tab>rule" a line, with the words that a push to
// GitHub shows (henne49/dbus-opendtu#235). git says "pre-receive hook declined" where GitHub's own program has other words.
const preReceive = `#!/bin/sh
status=0
tab=$(printf '\t')
while read -r old new ref; do
	printf '%s\n' "$RULED_REFS" | while IFS="$tab" read -r pattern rule; do
		case $pattern in
		'') continue ;;
		*/) case $ref in "$pattern"*) ;; *) continue ;; esac ;;
		*) [ "$ref" = "$pattern" ] || continue ;;
		esac
		echo "error: GH013: Repository rule violations found for $ref."
		echo ""
		echo "- $rule"
		exit 1
	done || status=1
done
exit $status
`

// hookRules is what preReceive reads from its environment. The caller holds s.mu.
func (r *repository) hookRules(who identity) string {
	var b strings.Builder
	for _, rules := range r.rulesets {
		if len(r.breaks(who, rules.Ref)) > 0 {
			fmt.Fprintf(&b, "%s\t%s\n", rules.Ref, rules.Says)
		}
	}
	return b.String()
}
