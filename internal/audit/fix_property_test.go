package audit_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/audit"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/testseed"
)

var pins = &lock.Lock{Name: "tasc.lock", Actions: []lock.Action{{Key: "acme/tool@v1.2.3", Commit: strings.Repeat("1", 40)}}}

// TestFix_Random: of random files with fewer findings after it, every value that is not mended stays what it was, a second
// run mends nothing, and enough of them are mended for this to say something.
func TestFix_Random(t *testing.T) {
	r := testseed.New(t)
	fixed := 0
	for range 3000 {
		in := randomFile(r)
		before := audit.Judge(audit.File{Name: "a.yml", Data: in}, pins)
		if before.Fixed == nil {
			continue
		}
		fixed++
		after := audit.Judge(audit.File{Name: "a.yml", Data: before.Fixed}, pins)
		switch err := onlyMended(in, before.Fixed); {
		case err != nil:
			t.Fatalf("%v\n%s\nbecame\n%s", err, in, before.Fixed)
		case len(after.Findings) >= len(before.Findings):
			t.Fatalf("%d findings before, %d after\n%s\nbecame\n%s\n%v", len(before.Findings), len(after.Findings), in, before.Fixed, after.Findings)
		case after.Fixed != nil:
			t.Fatalf("a second run mends\n%s\nto\n%s", before.Fixed, after.Fixed)
		}
	}
	if fixed < 500 {
		t.Errorf("%d files were mended", fixed)
	}
}

// The parts of which random scripts are made; %s is an expression, or nothing.
var (
	untrusted = []string{"github.event.issue.title", "github.head_ref", "inputs.level", "format('a {0}', github.event.comment.body)", "toJSON(github.event.pull_request.title)", "env.X", "github.sha"}
	bashParts = []string{`echo "%s"`, `echo %s`, `echo '%s'`, `a="x %s y" b`, `printf '%%s\n' "%s"`, `# %s`, `if [ -n "%s" ]; then echo "%s"; fi`, "cat <<E\n%s\nE", `echo a%s`, `echo "$(echo %s)"`, `git tag "%s"`,
		`x=%s`, `bash -c "%s"`, `echo "\"%s\"" # it's`, "make \\\n  \"%s\" | tee out", `echo "ä→%s" >> "$GITHUB_OUTPUT"`, `curl "https://example.com/?q=%s"`}
	jsParts = []string{`core.info('%s')`, `core.info("it is %s!")`, "core.info(`a ${b} %s`)", `// %s`, `const x = %s`, `const y = { '%s': 1 }`, `a.match(/'/) || '%s'`, `if (1 / 2) { f("%s", '%s') }`}
)

func randomFile(r *rand.Rand) []byte {
	var b strings.Builder
	b.WriteString("on: [issues, workflow_dispatch]\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 1\n    steps:\n")
	for range 1 + r.IntN(3) {
		randomStep(r, &b)
	}
	if r.IntN(8) == 0 {
		return []byte(strings.ReplaceAll(b.String(), "\n", "\r\n"))
	}
	return []byte(b.String())
}

func randomStep(r *rand.Rand, b *strings.Builder) {
	lead := func() string { // of the first line of the step, then of the others
		if s := b.String(); strings.HasSuffix(s, "      - ") {
			return ""
		}
		return "        "
	}
	b.WriteString("      - ")
	if r.IntN(2) == 0 {
		b.WriteString(lead() + "name: A step # why\n")
	}
	switch r.IntN(5) {
	case 0:
		b.WriteString(lead() + "env:\n          X: y\n          ISSUE_TITLE: z\n")
	case 1:
		b.WriteString(lead() + "env: {X: y}\n")
	}
	switch r.IntN(6) {
	case 0:
		b.WriteString(lead() + "uses: acme/tool@v1.2.3\n")
	case 1, 2:
		b.WriteString(lead() + "uses: actions/github-script@" + strings.Repeat("2", 40) + "\n        with:\n          script: |\n" + randomCode(r, jsParts, "            "))
	case 3:
		b.WriteString(lead() + "run: " + strings.SplitN(strings.TrimSpace(randomCode(r, bashParts[:2], "")), "\n", 2)[0] + "\n")
	default:
		b.WriteString(lead() + "run: |\n" + randomCode(r, bashParts, "          "))
	}
}

func randomCode(r *rand.Rand, parts []string, indent string) string {
	var b strings.Builder
	for range 1 + r.IntN(3) {
		part := parts[r.IntN(len(parts))]
		for strings.Contains(part, "%s") {
			part = strings.Replace(part, "%s", "${{ "+untrusted[r.IntN(len(untrusted))]+" }}", 1)
		}
		for line := range strings.SplitSeq(strings.ReplaceAll(part, "%%", "%"), "\n") {
			b.WriteString(indent + line + "\n")
		}
	}
	return b.String()
}

// onlyMended compares the two texts as YAML: a pin may stand for a version, a variable for an expression that it holds.
func onlyMended(before, after []byte) error {
	var a, b yaml.Node
	if err := errors.Join(yaml.Unmarshal(before, &a), yaml.Unmarshal(after, &b)); err != nil {
		return err
	}
	return mendedNode(&a, &b, nil, "")
}

// added are variables that a step has and had not, with what they hold.
type added map[string]string

func mendedNode(a, b *yaml.Node, vars added, key string) error {
	if a.Kind != b.Kind {
		return fmt.Errorf("%s: one kind became another", key)
	}
	switch a.Kind {
	case yaml.MappingNode:
		return mendedMapping(a, b, vars, key)
	case yaml.ScalarNode:
		return mendedScalar(a.Value, b.Value, vars, key)
	}
	if len(a.Content) != len(b.Content) {
		return fmt.Errorf("%s: %d parts became %d", key, len(a.Content), len(b.Content))
	}
	for i := range a.Content {
		if err := mendedNode(a.Content[i], b.Content[i], vars, key); err != nil {
			return err
		}
	}
	return nil
}

func mendedMapping(a, b *yaml.Node, vars added, key string) error {
	old, now := entries(a), entries(b)
	if _, isStep := now["env"]; isStep {
		vars = added{}
		was := entries(old["env"])
		for name, v := range entries(now["env"]) {
			if was[name] == nil {
				vars[name] = v.Value
			}
		}
	}
	for name, v := range now {
		if w := old[name]; w != nil {
			if err := mendedNode(w, v, vars, name); err != nil {
				return err
			}
		} else if name != "env" && (key != "env" || !strings.HasPrefix(v.Value, "${{ ")) {
			return fmt.Errorf("%s: new", name)
		}
	}
	for name := range old {
		if now[name] == nil {
			return fmt.Errorf("%s: gone", name)
		}
	}
	return nil
}

func entries(n *yaml.Node) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
		out[n.Content[i].Value] = n.Content[i+1]
	}
	return out
}

var (
	pinRE   = regexp.MustCompile(`@[0-9a-f]{40}$`)
	quoteRE = regexp.MustCompile("['\"`]")
)

func mendedScalar(was, is string, vars added, key string) error {
	back := is
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(vars))) { // a name before those that it begins with
		value := vars[name]
		for _, form := range []string{"${process.env.%s}", "process.env.%s", "${%s}"} {
			back = strings.ReplaceAll(back, fmt.Sprintf(form, name), value)
		}
	}
	switch {
	case key == "run" && back == was, key == "script" && quoteRE.ReplaceAllString(back, "") == quoteRE.ReplaceAllString(was, ""), was == is:
		return nil
	case key == "uses" && pinRE.ReplaceAllString(is, "@v1.2.3") == was:
		return nil
	}
	return fmt.Errorf("%s: %q became %q", key, was, is)
}

// TestFix_SameMeaning runs scripts of this test, and no others, as they were and as they are mended: with a harmless text both print the same.
func TestFix_SameMeaning(t *testing.T) {
	const title = "${{ github.event.issue.title }}"
	tests := []struct{ name, shell, code string }{
		{"quoted", "bash", `echo "a ` + title + ` b"`},
		{"split into words", "bash", `echo x ` + title + ` y`},
		{"before a pipe", "bash", "echo " + title + " | tr a-z A-Z"},
		{"in a branch", "bash", "if true; then\n  echo 'it' \"" + title + "\" # it's\nfi"},
		{"beside a variable", "bash", `A="b c"; echo "$A ` + title + `$A"`},
		{"behind a backslash", "bash", `echo \" "` + title + `" \"`},
		{"a condition", "bash", `echo x && echo "` + title + `" || echo no`},
		{"a string", "node", "console.log('" + title + "'.length)"},
		{"a string with more", "node", "console.log(\"it's " + title + "!\")"},
		{"a template", "node", "const a = 1; console.log(`${a} " + title + " ${a}`)"},
		{"after a division", "node", "const a = 4 / 2; console.log(a, '" + title + "')"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			steps := "      - run: |\n"
			if tt.shell == "node" {
				steps = "      - uses: actions/github-script@" + strings.Repeat("1", 40) + "\n        with:\n          script: |\n"
			}
			for line := range strings.SplitSeq(tt.code, "\n") {
				steps += "            " + line + "\n"
			}
			fixed := audit.Judge(audit.File{Name: "a.yml", Data: []byte(head + steps)}, pins).Fixed
			if fixed == nil {
				t.Fatal("it was not mended")
			}
			code, env := mendedStep(t, fixed)
			for _, text := range []string{"two words", "", "äö→"} {
				old, now := execute(t, tt.shell, strings.ReplaceAll(tt.code, title, text), nil), execute(t, tt.shell, code, []string{env + "=" + text})
				if old != now {
					t.Errorf("with %q it printed %q, and mended %q", text, old, now)
				}
			}
		})
	}
}

// mendedStep reads the one step of a file: its code, and the name of its variable.
func mendedStep(t *testing.T, data []byte) (code, env string) {
	t.Helper()
	var file struct {
		Jobs map[string]struct {
			Steps []struct {
				Run  string
				With struct{ Script string }
				Env  map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	step := file.Jobs["a"].Steps[0]
	for name := range step.Env {
		env = name
	}
	return step.Run + step.With.Script, env
}

func execute(t *testing.T, shell, code string, env []string) string {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "script")
	if err := os.WriteFile(name, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{name}
	if shell == "bash" {
		args = []string{"--noprofile", "--norc", "-eo", "pipefail", name}
	}
	cmd := exec.Command(shell, args...)
	cmd.Dir, cmd.Env = dir, append(env, "PATH="+os.Getenv("PATH"), "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		t.Fatalf("%s is missing: apt-get install bash nodejs", shell)
	}
	return fmt.Sprint(string(out), cmd.ProcessState.ExitCode())
}
