package script_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/script"
)

// TestRead_Handed: what later steps get, by which name, and whose text is in it.
func TestRead_Handed(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", `echo a=b >> file`, ""},
		{"a text", `echo "a=b" >> "$GITHUB_OUTPUT"`, "GITHUB_OUTPUT a=b []"},
		{"a variable", `echo "a=$TITLE" >> $GITHUB_OUTPUT`, "GITHUB_OUTPUT a=$TITLE [TITLE]"},
		{"by way of another variable", "x=\"${TITLE%%/*}\"\necho \"a=$x\" >> ${GITHUB_ENV}", "GITHUB_ENV a=${TITLE…} [TITLE]"},
		{"printf and tee", `printf 'a=%s\nb=%s\n' "$X" "$Y" | tee -a "$GITHUB_OUTPUT"`, "GITHUB_OUTPUT a=$X [X]\nGITHUB_OUTPUT b=$Y [Y]"},
		{"a block", "{\n  echo a=1\n  echo \"b=$B\"\n} >> \"$GITHUB_OUTPUT\"", "GITHUB_OUTPUT a=1 []\nGITHUB_OUTPUT b=$B [B]"},
		{"a here-document", "cat >> $GITHUB_ENV <<E\na=$A\nE", "GITHUB_ENV a=$A [A]"},
		{"several lines", "echo \"a<<END\" >> $GITHUB_OUTPUT", "GITHUB_OUTPUT a= []"},
		{"several lines in a block", "{ echo 'a<<END'; echo \"$BODY\"; echo END; echo b=1; } >> $GITHUB_OUTPUT", "GITHUB_OUTPUT a=$BODY [BODY]\nGITHUB_OUTPUT b=1 []"},
		{"an end that is a variable", "end=$(uuidgen)\n{ echo \"a<<$end\"; echo \"$BODY\"; echo \"$end\"; } >> $GITHUB_OUTPUT", "GITHUB_OUTPUT a=$BODY [BODY]"},
		{"a name that is not known", `echo "$LINE" >> $GITHUB_OUTPUT`, "GITHUB_OUTPUT =$LINE [LINE]"},
		{"a path", `echo "$DIR/bin" >> "$GITHUB_PATH"`, "GITHUB_PATH =$DIR/bin [DIR]"},
		{"through a filter", `echo "a=$(echo "$TITLE" | sed 's/x/y/' | head -1)" >> $GITHUB_OUTPUT`, "GITHUB_OUTPUT a=$(…) [TITLE]"},
		{"through a program", `echo "a=$(git rev-parse "$REF")" >> $GITHUB_OUTPUT`, "GITHUB_OUTPUT a=$(…) []"},
		{"cleaned by tr", `echo "a=$(echo "$TITLE" | tr -cd a-z)" >> $GITHUB_OUTPUT`, "GITHUB_OUTPUT a=$(…) []"},
		{"cleaned by sed", `echo "a=$(echo "$TITLE" | sed 's/[^a-zA-Z]/-/g')" >> $GITHUB_OUTPUT`, "GITHUB_OUTPUT a=$(…) []"},
		{"cleaned by bash", `echo "a=${TITLE//[^a-z]/}" >> $GITHUB_OUTPUT`, "GITHUB_OUTPUT a=${TITLE/…} []"},
		{"digits", `echo "a=$(grep -oE '[0-9]+' <<< "$TITLE")" >> $GITHUB_OUTPUT`, "GITHUB_OUTPUT a=$(…) []"},
		{"several lines of one", "m=$(echo \"$TITLE\" | grep -oP '.b' | sed 's/x/y/')\necho \"a=${m#x}\" >> $GITHUB_ENV", "GITHUB_ENV a=$(…) [TITLE] of several lines"},
		{"compared with a pattern", "[[ \"$TAG\" =~ ^v[0-9]+$ ]] || exit 1\necho \"a=$TAG\" >> $GITHUB_OUTPUT", "GITHUB_OUTPUT a=$TAG [TAG]\nmatched TAG"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := script.Read(tt.in, script.Environment{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, h := range f.Handed {
				lines := ""
				if h.Lines {
					lines = " of several lines"
				}
				got = append(got, fmt.Sprintf("%s %s=%s %v%s", h.File, h.Name, h.Value.Text, h.From, lines))
			}
			for _, name := range f.Matched {
				got = append(got, "matched "+name)
			}
			if s := strings.Join(got, "\n"); s != tt.want {
				t.Errorf("got\n%s\nwant\n%s", s, tt.want)
			}
		})
	}
}
