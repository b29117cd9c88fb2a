package audit_test

import (
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/audit"
	"github.com/task-assistant/tasc/internal/lock"
)

const head = "on: issues\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 1\n    steps:\n"

// TestFixed: what is mended, and what is left as it is since a simple look cannot tell that it would mean the same.
func TestFixed(t *testing.T) {
	const title = "${{ github.event.issue.title }}"
	const action = "uses: actions/github-script@1111111111111111111111111111111111111111\n        with:\n          script: |\n            "
	script := func(code string) string { return "      - " + action + code + "\n" }
	scripted := func(code string) string {
		return "      - env:\n          ISSUE_TITLE: " + title + "\n        " + action + code + "\n"
	}
	tests := []struct{ name, in, want string }{
		{"a script of one line", "      - run: echo \"" + title + "\"\n",
			"      - env:\n          ISSUE_TITLE: " + title + "\n        run: echo \"${ISSUE_TITLE}\"\n"},
		{"outside of quotes, behind a name", "      - name: x # why\n        run: |\n          echo   " + title + " || true  # no\n",
			"      - name: x # why\n        env:\n          ISSUE_TITLE: " + title + "\n        run: |\n          echo   ${ISSUE_TITLE} || true  # no\n"},
		{"an env that is there, twice the same and another", "      - env:\n            A: b\n        run: |\n          a \"" + title + "\"\n          b \"" + title + " ${{ github.head_ref }}\"\n",
			"      - env:\n            ISSUE_TITLE: " + title + "\n            HEAD_REF: ${{ github.head_ref }}\n            A: b\n        run: |\n          a \"${ISSUE_TITLE}\"\n          b \"${ISSUE_TITLE} ${HEAD_REF}\"\n"},
		{"a name that is taken", "      - env:\n          ISSUE_TITLE: b\n        run: echo \"" + title + "\"\n",
			"      - env:\n          ISSUE_TITLE_2: " + title + "\n          ISSUE_TITLE: b\n        run: echo \"${ISSUE_TITLE_2}\"\n"},
		{"CR LF", "      - run: echo \"" + title + "\"\r\n",
			"      - env:\r\n          ISSUE_TITLE: " + title + "\r\n        run: echo \"${ISSUE_TITLE}\"\r\n"},
		{"after quotes that end", "      - run: |\n          echo 'a' \"b\" c\\\" \"" + title + "\"\n",
			"      - env:\n          ISSUE_TITLE: " + title + "\n        run: |\n          echo 'a' \"b\" c\\\" \"${ISSUE_TITLE}\"\n"},
		{"a pin", "      - uses: acme/tool/sub@v1.2.3\n", "      - uses: acme/tool/sub@1111111111111111111111111111111111111111 # v1.2.3\n"},
		{"a pin in quotes with a comment", "      - uses: 'acme/tool@v1.2.3'   # pinned\n", "      - uses: 'acme/tool@1111111111111111111111111111111111111111'   # pinned\n"},

		{"a scalar that an alias repeats", "      - uses: &a acme/tool@v1.2.3\n      - uses: *a\n", "      - uses: &a acme/tool@1111111111111111111111111111111111111111 # v1.2.3\n      - uses: *a\n"},

		{"in single quotes", "      - run: echo '" + title + "'\n", ""},
		{"in a comment", "      - run: |\n          # " + title + "\n          echo\n", ""},
		{"in a here-document", "      - run: |\n          cat <<'X'\n          " + title + "\n          X\n", ""},
		{"in a substitution", "      - run: echo \"$(echo \"" + title + "\")\"\n", ""},
		{"in a backtick", "      - run: echo `echo " + title + "`\n", ""},
		{"in code of another shell", "      - run: bash -c \"echo " + title + "\"\n", ""},
		{"in code on another machine", "      - run: ssh host \"echo " + title + "\"\n", ""},
		{"in code of eval", "      - run: eval \"echo " + title + "\"\n", ""},
		{"in a script that does not parse", "      - run: |\n          if true\n          echo \"" + title + "\"\n", ""},
		{"behind a name that would go on", "      - run: echo \"$A" + title + "\"\n", ""},
		{"as a command", "      - run: |\n          " + title + " x\n", ""},
		{"as a part of a word", "      - run: echo a" + title + "\n", ""},
		{"as an assignment", "      - run: A=" + title + "\n", ""},
		{"in an arithmetic", "      - run: echo $((" + title + "))\n", ""},
		{"another shell", "      - shell: python\n        run: print(\"" + title + "\")\n", ""},
		{"a flow mapping", "      - {run: \"echo " + title + "\"}\n", ""},
		{"an env in flow style", "      - env: {A: b}\n        run: echo \"" + title + "\"\n", ""},
		{"in quotes of YAML", "      - run: \"echo " + title + "\"\n", "      - env:\n          ISSUE_TITLE: " + title + "\n        run: \"echo ${ISSUE_TITLE}\"\n"},
		{"of a variable", "      - env:\n          T: " + title + "\n        run: echo \"${{ env.T }}\"\n", ""},
		{"a string of github-script", script("core.info('" + title + "')"), scripted("core.info(process.env.ISSUE_TITLE)")},
		{"a string with more in it", script("core.info(\"it's " + title + ".\")"), scripted("core.info(`it's ${process.env.ISSUE_TITLE}.`)")},
		{"a template", script("core.info(`${a} " + title + "`)"), scripted("core.info(`${a} ${process.env.ISSUE_TITLE}`)")},
		{"a template behind return", script("return `" + title + "`"), scripted("return `${process.env.ISSUE_TITLE}`")},
		{"behind strings, comments and a division", script("const a = '/*' /* ' */ + b / 2 // `\n            core.info('" + title + "')"), scripted("const a = '/*' /* ' */ + b / 2 // `\n            core.info(process.env.ISSUE_TITLE)")},
		{"code by itself", script("const a = " + title), ""},
		{"JSON in a string", script("const a = '${{ toJSON(github.event.issue.title) }} b'"), strings.Replace(scripted("const a = `${process.env.UNTRUSTED} b`"), "ISSUE_TITLE: "+title, "UNTRUSTED: ${{ toJSON(github.event.issue.title) }}", 1)},
		{"in a comment of JavaScript", script("// " + title), ""},
		{"behind a regular expression", script("a.match(/'/); core.info('" + title + "')"), ""},
		{"in a key", script("const a = {'" + title + "': 1}"), ""},
		{"in a tagged template", script("String.raw`" + title + "`"), ""},
		{"in a string with an escape", script("core.info('a\\n" + title + "')"), ""},
		{"in a string that does not end", script("core.info('" + title), ""},
		{"in a template of a template", script("core.info(`${`" + title + "`}`)"), ""},
		{"a pin in a folded scalar", "      - uses: >-\n          acme/tool@v1.2.3\n", ""},
		{"a tag that the lock does not know", "      - uses: acme/tool@v1.2.4\n", ""},
	}
	lk := &lock.Lock{Actions: []lock.Action{{Key: "acme/tool@v1.2.3", Commit: strings.Repeat("1", 40)}}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			top := head
			if strings.Contains(tt.in, "\r\n") {
				top = strings.ReplaceAll(head, "\n", "\r\n")
			}
			r := audit.Run([]audit.File{{Name: "a.yml", Data: []byte(top + tt.in)}}, lk)[0]
			if len(r.Findings) == 0 {
				t.Error("nothing was found")
			}
			if got := strings.TrimPrefix(string(r.Fixed), top); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			if r.Fixed == nil {
				return
			}
			again := audit.Run([]audit.File{{Name: "a.yml", Data: r.Fixed}}, lk)[0]
			if len(again.Findings) > 0 || again.Fixed != nil {
				t.Errorf("after it: %v", again.Findings)
			}
		})
	}
}
