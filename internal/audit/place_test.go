package audit

import (
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/lock"
)

// TestSource: wherever HERE stands in a scalar's value, source finds it in the file, or says that it cannot.
func TestSource(t *testing.T) {
	tests := []struct {
		name, in string
		lost     bool
	}{
		{"plain", "a: x HERE\n", false},
		{"plain over several lines", "a: x\n  y\n\n  z   HERE\n", false},
		{"characters of several bytes", "a: äö→ HERE\n", false},
		{"single quotes", "a: 'it''s ''HERE'' '\n", false},
		{"single quotes over several lines", "a: 'x\n  y\n\n  HERE'\n", false},
		{"double quotes", "a: \"x\\ty \\\"\\u00e4\\x41 HERE\"\n", false},
		{"double quotes over several lines", "a: \"x\n  HERE\"\n", false},
		{"double quotes with a broken line", "a: \"x\\\n  HERE\"\n", true},
		{"literal", "a: |\n  x\n\n    y HERE\n", false},
		{"literal that keeps its end", "a: |+  # why\n   HERE\n\n\n", false},
		{"literal with an indentation of its own", "a: |2\n    HERE\n", true},
		{"literal after empty lines", "a: |\n\n\n  HERE\n", false},
		{"literal in CR LF", "a: |\r\n  x\r\n  HERE\r\n", false},
		{"folded", "a: >-\n  x\n  y\n\n  z\n    more\n  HERE\n", false},
		{"folded on one line", "a: >\n  HERE\n", false},
		{"an anchor and a tag", "a: &b !!str HERE\n", false},
		{"an anchor before a block", "a: &b |\n  x\n  HERE\n", false},
		{"in a flow", "a: {b: [c, x HERE]}\n", false},
		{"after a byte order mark", "\ufeffa: HERE\n", false},
		{"after lines that only YAML breaks", "x: 1\ry: 2\u0085z: 3\u2028a: HERE", false},
		{"on the last line", "a: HERE", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, found := read(File{"a.yml", []byte(tt.in)})
			if len(found) > 0 {
				t.Fatal(found)
			}
			n := holding(d.root)
			if n == nil {
				t.Fatal("no scalar holds HERE")
			}
			want := strings.Index(tt.in, "HERE")
			if tt.lost {
				want = -1
			}
			if got := d.source(n, strings.Index(n.Value, "HERE")); got != want {
				t.Errorf("source = %d, want %d in %q (%q)", got, want, tt.in, n.Value)
			}
		})
	}
}

func holding(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "HERE") {
		return n
	}
	for _, c := range n.Content {
		if found := holding(c); found != nil {
			return found
		}
	}
	return nil
}

// TestReaches: which contexts can be in the result of an expression.
func TestReaches(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"a context", "github.head_ref", "github.head_ref"},
		{"other case", "GitHub.Head_Ref", "github.head_ref"},
		{"an index by name", "github['event']['issue'].title", "github.event.issue.title"},
		{"an index by number and a filter", "a[0].*.b", "a._._.b"},
		{"an index by an expression", "a[format('x{0}', b[1])].c", "a._.c"},
		{"a comparison", "a.b == 'x'", ""},
		{"a comparison by size", "a.b >= 2.5e3", ""},
		{"a choice", "a.b && c.d || e.f", "c.d e.f"},
		{"a negation", "!a.b", ""},
		{"a test", "contains(a.b, 'x') && startsWith(c.d, e.f)", ""},
		{"text of a function", "format('{0} it''s', a.b, c)", "a.b c"},
		{"JSON", "toJSON(github)", "github.*"},
		{"out of JSON", "fromJSON(toJSON(job)).workflow_sha", "job.workflow_sha"},
		{"out of a text", "fromJSON(a.b).c.d", "a.b"},
		{"what cannot be read", "a.b ? 'c' : d.e.f", "a.b d.e.f"},
		{"nothing", "", ""},
		{"a quote that does not end", "a.b 'x", "a.b"},
		{"a bracket that does not end", "a.b[x", "a.b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(contexts(expression{text: tt.in}), " "); got != tt.want {
				t.Errorf("contexts(%s) = %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestExpressions(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"none", "a }} {{ b }} $ {{", ""},
		{"two", "x ${{ a }}${{b}} y", "a|b"},
		{"braces in a text", "${{ '}}' == a }}", "'}}' == a"},
		{"one that does not end", "${{ a }} ${{ b", "a"},
		{"one in one", "${{ ${{ a }}", "${{ a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, e := range expressions(tt.in) {
				got = append(got, e.text)
				if s := tt.in[e.start:e.end]; !strings.HasPrefix(s, "${{") || !strings.HasSuffix(s, "}}") {
					t.Errorf("its place holds %q", s)
				}
			}
			if s := strings.Join(got, "|"); s != tt.want {
				t.Errorf("expressions(%q) = %s, want %s", tt.in, s, tt.want)
			}
		})
	}
}

func TestMasked(t *testing.T) {
	const in = "echo ${{ inputs.telemetry_repo }} '${{ a['ä'] }}'\n${{x}}"
	const want = "echo ${__INPUTS_TELEMETRY_REPO__} '${__A________}'\n${_X_}"
	if got := masked(in); got != want {
		t.Errorf("masked = %q, want %q", got, want)
	}
}

// FuzzJudge: whatever a file holds there is no crash, findings lie in the file, and what is mended has fewer of them.
func FuzzJudge(f *testing.F) {
	for _, name := range []string{"base", "audit-injection", "audit-environment-file", "audit-untrusted-checkout", "audit-shape", "audit-yaml", "audit-engine-ref"} {
		data, err := Cases.ReadFile("testdata/" + name + ".txtar")
		if err != nil {
			f.Fatal(err)
		}
		for part := range strings.SplitSeq(string(data), "-- ") {
			f.Add([]byte(part))
		}
	}
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("on: push\njobs: &a\n  b: *a\n"))
	f.Add([]byte("on: push\njobs: {a: {steps: [{run: \"\\\n ${{ inputs.x }}\"}]}}\n"))
	lk := &lock.Lock{Actions: []lock.Action{{Key: "a/b@v1.2.3", Commit: strings.Repeat("1", 40)}}}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"engine-a.yml", "x/action.yml"} {
			r := Judge(File{name, data}, lk)
			lines := strings.Count(string(data), "\n") + 2
			for _, d := range r.Findings {
				if d.Message == "" || d.File != name || d.Line > lines || d.Line > 0 && d.Column < 1 {
					t.Errorf("%+v", d)
				}
			}
			if r.Fixed == nil {
				continue
			}
			if again := Judge(File{name, r.Fixed}, lk); len(again.Findings) >= len(r.Findings) || again.Fixed != nil {
				t.Errorf("%d findings before and %d after it was mended: %v\n%s", len(r.Findings), len(again.Findings), again.Findings, r.Fixed)
			}
		}
	})
}
