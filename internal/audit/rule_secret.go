package audit

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/expr"
)

// keyForms are credentials that show by themselves what they are: by a beginning that is searched for, and a
// pattern for the whole. The formats are those of the services' own documentation
// (docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github,
// docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html, docs.slack.dev/authentication/tokens).
var keyForms = []struct {
	what, begin string
	whole       *regexp.Regexp
}{
	{"a personal access token of GitHub", "ghp_", regexp.MustCompile(`^ghp_[0-9A-Za-z]{36}\b`)},
	{"a personal access token of GitHub", "github_pat_", regexp.MustCompile(`^github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}\b`)},
	{"a token of GitHub", "gho_", regexp.MustCompile(`^gho_[0-9A-Za-z]{36}\b`)},
	{"an access key of AWS", "AKIA", regexp.MustCompile(`^AKIA[0-9A-Z]{16}\b`)},
	{"a token of Slack", "xoxb-", regexp.MustCompile(`^xoxb-[0-9]{10,13}-[0-9]{10,13}-[0-9A-Za-z]{24}\b`)},
	{"a private key", "-----BEGIN ", regexp.MustCompile(`^-----BEGIN ([A-Z]+ )?PRIVATE KEY-----\s+[0-9A-Za-z+/=]{40}`)},
}

// minDistinct are the different characters that a key has at least: what is written as an example has fewer.
const minDistinct = 12

// credentials never says what it has found, but where.
func credentials(p *pass) {
	f := finding{expected: "${{ secrets.NAME }}", fix: "revoke it, since whoever can read the repository and its history has it, and store a new one as a secret"}
	for _, k := range keyForms {
		for at := 0; ; {
			i := bytes.Index(p.data[at:], []byte(k.begin))
			if i < 0 {
				break
			}
			at += i
			if found := k.whole.Find(p.data[at:]); found != nil && distinct(found) >= minDistinct {
				f.message = k.what + " stands in the file"
				p.report(p.at(at), f)
			}
			at += len(k.begin)
		}
	}
	for _, j := range p.jobs {
		_, container := get(j.node, "container")
		p.registryPassword(container)
		_, services := get(j.node, "services")
		for _, s := range fields(services) {
			p.registryPassword(s.value)
		}
	}
}

func distinct(text []byte) int {
	seen := map[byte]bool{}
	for _, c := range text {
		seen[c] = true
	}
	return len(seen)
}

func (p *pass) registryPassword(container *yaml.Node) {
	_, of := get(container, "credentials")
	if _, n := get(of, "password"); text(n) != "" && !strings.Contains(n.Value, "${{") {
		p.reportAt(n, finding{"the password for the registry of an image stands in the file", "password: ${{ secrets.NAME }}", "change the password, and store the new one as a secret"})
	}
}

// secretsWhole looks at every expression of the file.
func secretsWhole(p *pass) {
	if !bytes.Contains(bytes.ToLower(p.data), []byte("secrets")) {
		return
	}
	p.eachScalar(p.root, func(n *yaml.Node) {
		for _, e := range expressions(n.Value) {
			if !strings.Contains(strings.ToLower(e.text), "secrets") {
				continue
			}
			tree, err := parse(e.text)
			if err != nil {
				continue
			}
			if f, ok := ofSecrets(tree, e); ok {
				p.report(p.posIn(n, e.start), f)
			}
		}
	})
}

// eachScalar visits the values of the file where they stand.
func (d *document) eachScalar(n *yaml.Node, visit func(*yaml.Node)) {
	if n.Kind == yaml.ScalarNode {
		visit(n)
	}
	for i, c := range n.Content {
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			d.eachScalar(c, visit)
		}
	}
}

// ofSecrets tells what an expression takes of the secrets that it should not.
func ofSecrets(tree expr.Expr, e expression) (f finding, found bool) {
	expr.Walk(tree, func(x expr.Expr) {
		call, _ := x.(expr.Call)
		switch name := strings.ToLower(call.Func); {
		case name == "tojson" && slices.ContainsFunc(call.Args, isSecrets), isSecrets(x) && tree == x:
			f = finding{fmt.Sprintf("%s hands over every secret of the repository and its organisation", q(e.text)), "the secrets that are used, by name", "write each as ${{ secrets.NAME }}"}
		case dotted(x) == "secrets._":
			f = finding{fmt.Sprintf("%s chooses a secret by an expression, so the machine gets all of them", q(e.text)), "the secrets that are used, by name", "name the secret, in a job or an environment of its own if it differs"}
		case name == "fromjson" && slices.ContainsFunc(call.Args, func(a expr.Expr) bool { return strings.HasPrefix(dotted(a), "secrets.") }):
			f = finding{fmt.Sprintf("%s takes a part out of a secret, and only the whole is masked in logs", q(e.text)), "a secret for every value", "store the part as a secret of its own"}
		}
	})
	return f, f.message != ""
}

func isSecrets(e expr.Expr) bool { return dotted(e) == "secrets" }
