package act

import (
	_ "embed"
	"os"
	"path/filepath"
)

//go:embed checkout/action.yml
var checkout []byte

// Checkout writes the stand-in of actions/checkout to a folder, which it makes.
func Checkout(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "action.yml"), checkout, 0o600)
}
