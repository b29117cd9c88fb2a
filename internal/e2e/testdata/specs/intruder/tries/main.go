// Command tries does with the engine's token what only others may do, and hands over what GitHub answered.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
)

func main() {
	target, telemetry := os.Getenv("TARGET_REPO"), os.Getenv("TELEMETRY_REPO")
	file := map[string]string{"message": "x", "content": "e30="}
	answers := map[string]string{
		"label":      ask("POST", "/repos/"+target+"/labels", map[string]string{"name": "allowed", "color": "0e8a16"}),
		"record":     ask("PUT", "/repos/"+telemetry+"/contents/telemetry/v1/forged.json", file),
		"read":       ask("GET", "/repos/"+telemetry+"/contents/README.md", nil),
		"file":       ask("PUT", "/repos/"+target+"/contents/x", file),
		"dispatch":   ask("POST", "/repos/"+target+"/dispatches", map[string]string{"event_type": "tasc-sweep"}),
		"branch":     ask("POST", "/repos/"+target+"/git/refs", map[string]string{"ref": "refs/heads/x", "sha": os.Getenv("ENGINE_REF")}),
		"pull":       ask("POST", "/repos/"+target+"/pulls", map[string]string{"title": "x", "head": "x", "base": "main"}),
		"start":      ask("POST", "/repos/"+target+"/actions/workflows/task-assistant.yml/dispatches", map[string]string{"ref": "main"}),
		"secret":     ask("PUT", "/repos/"+target+"/actions/secrets/X", map[string]string{"encrypted_value": "eA==", "key_id": "1"}),
		"neighbour":  ask("GET", "/repos/acme/neighbour", nil),
		"mint":       ask("POST", "/app/installations/1/access_tokens", map[string]any{}),
		"push":       push(target, "refs/heads/engine"),
		"spool":      push(telemetry, "refs/telemetry/spool/2026-01-01/acme-host/1-1/write"),
		"workflow":   push(target, "refs/heads/main"),
		"run's own":  askWith(os.Getenv("ACTIONS_RUNTIME_TOKEN"), "GET", "/repos/"+telemetry, nil),
		"telemetry":  os.Getenv("TELEMETRY_APP_KEY") + os.Getenv("TELEMETRY_TOKEN"),
		"app's keys": os.Getenv("ENGINE_APP_KEY") + os.Getenv("HANDOVER_KEY"),
	}
	data, err := json.Marshal(map[string]any{"summary": "tried", "answers": answers})
	if err == nil {
		err = os.WriteFile(os.Getenv("RESULT_FILE"), data, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func ask(method, path string, body any) string {
	return askWith(os.Getenv("GH_TOKEN"), method, path, body)
}

// askWith returns the status of GitHub's answer.
func askWith(token, method, path string, body any) string {
	data, err := json.Marshal(body)
	if err != nil {
		return err.Error()
	}
	if body == nil {
		data = nil
	}
	req, err := http.NewRequest(method, os.Getenv("GITHUB_API_URL")+path, bytes.NewReader(data))
	if err != nil {
		return err.Error()
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("User-Agent", "tries")
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	return fmt.Sprint(resp.StatusCode)
}

// push pushes the commit that is checked out, and returns what git's exit code is.
func push(repository, ref string) string {
	url := strings.Replace(os.Getenv("GITHUB_SERVER_URL"), "://", "://x-access-token:"+os.Getenv("GH_TOKEN")+"@", 1) + "/" + repository
	if err := exec.Command("git", "push", url, "HEAD:"+ref).Run(); err != nil {
		return "refused"
	}
	return "pushed"
}
