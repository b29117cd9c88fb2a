package delta_test

import (
	"os"
	"path"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/task-assistant/tasc/internal/delta"
)

// workflow is the surface of one file of nobody's.
func workflow(data []byte) delta.Surface {
	return delta.Read([]delta.Tree{{Files: []delta.File{{Path: "ci.yml", Data: data}}}})
}

// TestCompare runs the cases of testdata/workflows.txtar in both directions.
func TestCompare(t *testing.T) {
	const golden = "testdata/workflows.txtar"
	archive, err := txtar.ParseFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+2 < len(archive.Files); i += 3 {
		name := path.Dir(archive.Files[i].Name)
		t.Run(name, func(t *testing.T) {
			old, new := workflow(archive.Files[i].Data), workflow(archive.Files[i+1].Data)
			got := strings.Join(lines(delta.Compare(old, new)), "\n") + "\nback:\n" + strings.Join(lines(delta.Compare(new, old)), "\n") + "\n"
			if want := string(archive.Files[i+2].Data); got != want && os.Getenv("UPDATE") != "1" {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			archive.Files[i+2].Data = []byte(got)
			mirrored(t, old, new)
			if again := delta.Compare(old, old); len(again) > 0 {
				t.Errorf("compared with itself: %v", lines(again))
			}
		})
	}
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile(golden, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
