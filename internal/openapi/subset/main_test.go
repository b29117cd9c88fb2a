package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestRun_OfItsOwnOutput: what was reduced cannot be reduced further, and nothing in it is left to the order of a map.
func TestRun_OfItsOwnOutput(t *testing.T) {
	const name = "../description/api.github.com.json"
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := run(strings.NewReader(strings.ReplaceAll(string(want), `"x-prose":`, `"description":`)), &got); err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("%s is not what this program prints: run make openapi", name)
	}
}

func TestRun_RefusesWhatLacksAnOperation(t *testing.T) {
	err := run(strings.NewReader(`{"paths":{"/x":{"get":{"operationId":"repos/get"}}},"components":{}}`), &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "1 of 26 operations are in the description") {
		t.Errorf("got %v", err)
	}
}
