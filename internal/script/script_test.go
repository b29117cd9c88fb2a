package script_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/task-assistant/tasc/internal/script"
)

// TestRead: what a script starts, with the place of each.
func TestRead(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", "# comment\n", ""},
		{"words", "make -j 4\n  go test './...'", "1:1 make -j 4\n2:3 go test ./..."},
		{"variables", "x=a; y=\"$x b\"\necho $y \"$y\" \"$HOME\"", "2:1 echo a b a b $HOME"},
		{"alternatives", "if true; then m=npm; else m=yarn; fi\n$m test", "1:4 true\n2:1 npm test\n2:1 yarn test"},
		{"the value of a later line", "f() { $m; }\nm=ls\nf", "1:7 ls"},
		{"functions", "f() { echo \"$1\"; }\nf a\nf b", "1:7 echo a\n1:7 echo b"},
		{"parameters are at the call", "f() { shift; \"$@\"; }\nf 1 go vet", "1:7 shift\n2:1 go vet"},
		{"wrappers", "sudo -u x env A=1 nice go vet", "1:1 sudo -u x env A=1 nice go vet\n1:1 env A=1 nice go vet\n1:1 nice go vet\n1:1 go vet"},
		{"quoted code", "sh -c 'true;\n ls'", "1:1 sh -c true;\n ls\n1:8 true\n2:2 ls"},
		{"code that is put together", "x=ls\nsh -c \"true; $x\"", "2:1 sh -c true; ls\n2:1 true\n2:1 ls"},
		{"here-document", "sh <<'E'\ntrue\n  ls\nE\n", "1:1 sh\n2:1 true\n3:3 ls"},
		{"git", "git -C x --no-pager -c a.b=c log -1", "1:1 git -C x --no-pager -c a.b=c log -1\n1:1 git config a.b c\n1:1 git log -1"},
		{"gh", "gh -R a/b pr --repo=x list --json id", "1:1 gh -R a/b pr --repo=x list --json id\n1:1 gh pr list --json id"},
		{"request", "curl -sXPOST -d a=b \"$U/x\"", "1:1 curl -sXPOST -d a=b $U/x\n1:1 POST $U/x \"a=b\""},
		{"request of gh", "gh api -X delete repos/x -F a=@f", "1:1 gh api -X delete repos/x -F a=@f\n1:1 DELETE repos/x \"a=@f\""},
		{"requests with one method each", "curl -G -d q=1 a; curl -I b; curl -T f c; curl -X \"$M\" d", "1:1 curl -G -d q=1 a\n1:19 curl -I b\n1:30 curl -T f c\n1:43 curl -X $M d\n" +
			"1:1 GET a \"q=1\"\n1:19 HEAD b \"\"\n1:30 PUT c \"\"\n1:43  d \"\""},
		{"writes", "a > x 2>>y; cp b c d/\ncd z; tee w < v", "1:1 a\n1:13 cp b c d/\n2:1 cd z\n2:7 tee w\n1:3 writes x\n1:3 writes z/x\n1:7 writes y\n1:7 writes z/y\n1:13 writes d/\n1:13 writes z/d/\n2:7 writes w\n2:7 writes z/w"},
		{"parameters by number", "set -- a b; echo $2 ${1} ${3} \"${00}\"", "1:1 set -- a b\n1:13 echo b a $0"},
		{"opaque", "\"$X\" a\neval \"$Y\"", "2:1 eval $Y\n1:1 opaque: the name of the command is a variable from outside, $X\n2:1 opaque: eval runs $Y"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := script.Read(tt.in, script.Environment{})
			if err != nil {
				t.Fatal(err)
			}
			if got := print(f); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func print(f *script.Facts) string {
	var out []string
	at := func(p script.Place) string { return fmt.Sprintf("%d:%d ", p.Line, p.Column) }
	for _, c := range f.Commands {
		words := []string{c.Name}
		for _, a := range c.Args {
			words = append(words, a.Text)
		}
		out = append(out, at(c.Place)+strings.Join(words, " "))
	}
	for _, r := range f.Requests {
		out = append(out, fmt.Sprintf("%s%s %s %q", at(r.Place), r.Method, r.URL.Text, r.Body.Text))
	}
	for _, w := range f.Writes {
		out = append(out, at(w.Place)+"writes "+w.Path.Text)
	}
	for _, o := range f.Opaque {
		out = append(out, at(o.Place)+"opaque: "+o.What)
	}
	return strings.Join(out, "\n")
}

func TestRead_Vars(t *testing.T) {
	f, err := script.Read(`o=${TARGET_REPO%/*}; git clone "https://x/$o/${GITHUB_REPOSITORY#*/}" "$(basename "$PWD")"`, script.Environment{})
	if err != nil {
		t.Fatal(err)
	}
	clone := f.Commands[slices.IndexFunc(f.Commands, func(c script.Command) bool { return len(c.Args) == 3 })]
	got := fmt.Sprint(clone.Args[1].Vars, clone.Args[1].Literal, clone.Args[2].Vars, clone.Args[0].Literal)
	if want := "[GITHUB_REPOSITORY TARGET_REPO] false [PWD] true"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRead_Syntax(t *testing.T) {
	_, err := script.Read("true\n  if x; then y\n", script.Environment{})
	var syntax *script.SyntaxError
	if !errors.As(err, &syntax) || syntax.Line != 2 || syntax.Column != 3 || syntax.Offset != 7 {
		t.Errorf("got %v", err)
	}
}

// TestRead_Bounded: scripts that grow when they are followed are given up, in time and with a word about it.
func TestRead_Bounded(t *testing.T) {
	double := "x=aaaaaaaa\n" + strings.Repeat("x=$x$x\n", 60) + "echo $x\n"
	many := ""
	for i := range 40 {
		many += fmt.Sprintf("if a; then v%d=1; else v%d=2; fi\n", i, i)
	}
	for i := range 40 {
		many += fmt.Sprintf("echo $v%d$v%d$v%d\n", i, (i+1)%40, (i+2)%40)
	}
	calls := "f0() { :; }\n"
	for i := range 30 {
		calls += fmt.Sprintf("f%d() { f%d; f%d; }\n", i+1, i, i)
	}
	tests := []struct{ name, in, opaque string }{
		{"doubling", double, ""},
		{"branches", many, ""},
		{"calls", calls + "f30\n", "too"},
		{"recursion", "f() { f \"$@\" x; g; }\ng() { f y; }\nf\n", ""},
		{"nested code", "x='sh -c \"$x\"'\nsh -c \"$x\"\n", ""},
		{"substitutions", strings.Repeat("echo $(", 300) + "x" + strings.Repeat(")", 300), ""},
		{"pipes", strings.Repeat("cat | ", 2000) + "sh", ""},
		{"blocks", strings.Repeat("{ ", 3000) + "x" + strings.Repeat("; }", 3000), ""},
		{"braces", strings.Repeat("{a,b}", 200), "the name of the command"},
		{"sequence", "echo {1..1000000000}", ""},
		{"printf", "printf '%s%s' " + strings.Repeat("$x ", 5000), ""},
		{"redirections", strings.Repeat("{ ", 300) + "x" + strings.Repeat("; } > f", 300), ""},
		{"substitutions in the name of a command", "f() { " + strings.Repeat("$(", 5000) + "x" + strings.Repeat(")", 5000) + "; }; f", "too deep"},
		{"many words", "x " + strings.Repeat("git ", 20_000), ""},
		{"patterns", "x=" + strings.Repeat("a", 1000) + "\n" + strings.Repeat("y=${x##*a*a*a*a*b}\n", 1000), "too many steps"},
		{"too long", strings.Repeat("x\n", 100_000), "too long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			f, err := script.Read(tt.in, script.Environment{})
			if err != nil {
				t.Fatal(err)
			}
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("it took %s", d)
			}
			if tt.opaque != "" && !slices.ContainsFunc(f.Opaque, func(o script.Opaque) bool { return strings.Contains(o.What, tt.opaque) }) {
				t.Errorf("it is not opaque: %v", f.Opaque)
			}
		})
	}
}

// FuzzScript: no script makes the reader fail, take long or name a place that is not there, and it reads the same way twice.
func FuzzScript(f *testing.F) {
	for _, name := range []string{"evasion", "honest"} {
		data, err := os.ReadFile("../validate/testdata/script/" + name + ".txtar")
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(data).Files {
			f.Add(string(file.Data))
		}
	}
	f.Fuzz(func(t *testing.T, src string) {
		start := time.Now()
		facts, err := script.Read(src, script.Environment{Known: map[string]string{"LEVEL": "info"}, Given: []string{"TITLE"}})
		if d := time.Since(start); d > 10*time.Second {
			t.Fatalf("it took %s", d)
		}
		if err != nil {
			var syntax *script.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("%T: %v", err, err)
			}
			checkPlace(t, src, syntax.Place)
			return
		}
		for _, c := range facts.Commands {
			checkPlace(t, src, c.Place)
		}
		for _, o := range facts.Opaque {
			checkPlace(t, src, o.Place)
		}
		if again, err := script.Read(src, script.Environment{Known: map[string]string{"LEVEL": "info"}, Given: []string{"TITLE"}}); err != nil || print(again) != print(facts) {
			t.Errorf("it reads otherwise the second time:\n%s\n%s", print(facts), print(again))
		}
	})
}

func checkPlace(t *testing.T, src string, p script.Place) {
	t.Helper()
	if p.Offset < 0 || p.Offset > len(src) || p.Line != 1+strings.Count(src[:p.Offset], "\n") || p.Column != p.Offset-strings.LastIndexByte(src[:p.Offset], '\n') {
		t.Errorf("%+v is no place in %q", p, src)
	}
}

// TestReadForeign: a script of another language is opaque at the first place of each word, and nothing else is known of it.
func TestReadForeign(t *testing.T) {
	for _, tt := range []struct{ name, lang, in, want string }{
		{"nothing", "python", "print('git push')\n", ""},
		{"a word twice", "python", "import subprocess\nsubprocess.run(x)\n", "1:8 opaque: python runs code with subprocess in it"},
		{"several words", "python", "import os, ctypes\n\nos.system(x)\neval(y)\n", "1:12 opaque: python runs code with ctypes in it\n3:4 opaque: python runs code with system in it\n4:1 opaque: python runs code with eval in it"},
		{"a call without an argument", "python", "platform.system()\n", ""},
		{"PowerShell", "pwsh", "Get-Date\nInvoke-RestMethod $x\n", "2:1 opaque: pwsh runs code with Invoke-RestMethod in it"},
		{"too long", "python", strings.Repeat("x = 1\n", 30_000), "1:1 opaque: the script is too long to be read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := print(script.ReadForeign(tt.lang, tt.in)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}
