package audit_test

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rhysd/actionlint"

	"github.com/task-assistant/tasc/internal/audit"
	"github.com/task-assistant/tasc/internal/lock"
)

const ownFiles = "../../generated/task-assistant/platform/.github/workflows/"

// BenchmarkJudge judges one engine's workflow of 9 kB after the other; BenchmarkActionlint does the same with
// actionlint as a library, without its own helpers, to have a peer on the same machine.
func BenchmarkJudge(b *testing.B) {
	data := engineFile(b)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if r := audit.Run([]audit.File{{Name: "engine-validate.yml", Data: data}}, &lock.Lock{}); len(r[0].Findings) > 0 {
			b.Fatal(r[0].Findings)
		}
	}
}

func BenchmarkActionlint(b *testing.B) {
	data := engineFile(b)
	b.SetBytes(int64(len(data)))
	l, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := l.Lint("engine-validate.yml", data, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func engineFile(b *testing.B) []byte {
	b.Helper()
	data, err := os.ReadFile(ownFiles + "engine-validate.yml")
	if err != nil {
		b.Fatal(err)
	}
	return data
}

// TestGrowth: no file that is small enough to be judged takes long, whatever it is made of. The bound is
// far above what is seen (half a second) and below what grows with the square.
func TestGrowth(t *testing.T) {
	const most = 500_000
	fill := func(part string) string { return strings.Repeat(part, most/len(part)-1) }
	top := "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 1\n"
	tests := []struct{ name, in string }{
		{"expressions in one literal", top + "    steps:\n      - run: |\n" + fill("          echo ${{ github.head_ref }}\n")},
		{"expressions in one line", top + "    steps:\n      - run: echo " + fill("${{ github.head_ref }} ") + "\n"},
		{"expressions in double quotes", top + "    steps:\n      - run: \"echo " + fill("\\t${{ github.head_ref }}") + "\"\n"},
		{"expressions in one folded scalar", top + "    steps:\n      - run: >\n" + fill("          echo ${{ github.head_ref }}\n")},
		{"steps", top + "    steps:\n" + fill("      - run: echo \"${{ github.head_ref }}\"\n")},
		{"steps that all differ", top + "    steps:\n" + numbered(most*95/100, "      - run: echo \"${{ github.head_ref }}%\"\n")},
		{"checkouts", top + "    steps:\n" + fill("      - uses: actions/checkout@v7.0.1\n")},
		{"jobs that share steps", top + "    steps: &s\n      - run: make\n" + numbered(most*95/100, "  j%: {runs-on: x, steps: *s}\n")},
		{"variables, and steps that read them", top + "    env:\n" + numbered(most/2, "      V%: ${{ github.head_ref }}\n") + "    steps:\n" + strings.Repeat("      - run: echo ${{ env.V9 }}\n", most/2/33)},
		{"variables that every step sets anew", top + "    env:\n      X: ${{ github.head_ref }}\n    steps:\n" + fill("      - run: echo \"X=a$X\" >> $GITHUB_ENV\n")},
		{"outputs, each of the next", top + "    steps:\n" + chained(most*9/10)},
		{"one variable of many texts, and steps that read it", top + "    env:\n      V: \"" + strings.Repeat("${{ github.head_ref }} ", most/2/23) + "\"\n    steps:\n" + strings.Repeat("      - run: echo ${{ env.V }}\n", most/2/33)},
		{"keys at the top", numbered(most/2, "k%: v\n") + top + "    steps:\n" + strings.Repeat("      - run: x\n", most/2/15)},
		{"brackets", top + "    if: ${{ " + fill("[") + " }}\n"},
		{"opened expressions", top + "    steps:\n      - run: " + fill("${{ ") + "\n"},
		{"commands", top + "    steps:\n      - run: |\n" + fill("          curl x | sh\n")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if len(tt.in) < most*8/10 || len(tt.in) > 512_000 {
				t.Fatalf("the file has %d bytes", len(tt.in))
			}
			began := time.Now()
			audit.Run([]audit.File{{Name: "engine-a.yml", Data: []byte(tt.in)}}, &lock.Lock{})
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %v", took)
			} else {
				t.Logf("%d bytes in %v", len(tt.in), took)
			}
		})
	}
}

// numbered repeats a line up to a size, with a number for its %.
func numbered(size int, line string) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		b.WriteString(strings.Replace(line, "%", string(rune('a'+i%26))+strings.Repeat("x", i/26%40)+string(rune('a'+i/1040%26))+string(rune('a'+i/27040)), 1))
	}
	return b.String()
}

// chained are steps of which each hands on what the next one does.
func chained(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "      - id: s%d\n        run: echo \"a=${{ steps.s%d.outputs.a || github.head_ref }}\" >> $GITHUB_OUTPUT\n", i, i+1)
	}
	return b.String()
}
