package validate

import (
	"slices"
	"strings"
)

var (
	// reservedEnv are the variables that tasc hands to the steps of an engine and to the runner in the same job, and those
	// that make a shell, a loader or a runtime run other code before its own.
	reservedEnv = []string{"BASHOPTS", "BASH_ENV", "CI", "CORRELATION_ID", "DOWNLOAD_FROM", "ENGINE_APP_KEY", "ENGINE_JOB", "ENGINE_NAME", "ENGINE_REF", "ENV", "FACTS_FILE", "FACTS_SHA256",
		"GCONV_PATH", "GH_TOKEN", "GLIBC_TUNABLES", "HANDOVER_KEY", "IFS", "JOB_CONTEXT", "JOB_STATUS", "LEGS", "LINUX_AMD64", "LINUX_ARM64", "NODE_OPTIONS", "PATH", "PLATFORM_REPO", "PS4",
		"RESULT_FILE", "RUNNING_COMMIT", "SEALED", "SEALED_PLATFORM", "SEALED_TELEMETRY", "SHELLOPTS", "STEP_STARTED", "STEP_TIMEOUT_MINUTES", "TARGET_REPO", "TELEMETRY_APP_KEY", "TELEMETRY_REPO", "TELEMETRY_TOKEN"}
	// reservedPrefixes are GitHub's own, and the loader's.
	reservedPrefixes = []string{"ACTIONS_", "DYLD_", "GITHUB_", "INPUT_", "LD_", "RUNNER_"}
)

// isReserved reports whether no spec may set a variable, whatever the value is.
func isReserved(name string) bool { return isOneOf(name, reservedEnv, reservedPrefixes) }

var (
	// steering are variables that programs obey: where they look for their own files, what they run for a part of their
	// work, whom they trust and over whom they go.
	steering = []string{"ALL_PROXY", "BROWSER", "CDPATH", "CLASSPATH", "EDITOR", "FTP_PROXY", "GLOBIGNORE", "GOBIN", "GOCACHE", "GODEBUG", "GOENV", "GOFLAGS", "GOINSECURE", "GOMODCACHE", "GONOSUMDB", "GOPATH",
		"GOPRIVATE", "GOPROXY", "GOROOT", "GOSUMDB", "GOTMPDIR", "GOTOOLCHAIN", "GOTOOLDIR", "GOVCS", "GOWORK", "HOME", "HOSTALIASES", "HTTPS_PROXY", "HTTP_PROXY", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "LANG", "LANGUAGE",
		"LOCALDOMAIN", "LOCPATH", "NLSPATH", "NO_PROXY", "PAGER", "POSIXLY_CORRECT", "PROMPT_COMMAND", "PS1", "PSMODULEPATH", "RES_OPTIONS", "SHELL", "TEMP", "TERMINFO", "TMP", "TMPDIR", "TZDIR", "VISUAL"}
	steeringPrefixes = []string{"BASH_", "CARGO_", "CORECLR_", "COMPLUS_", "CURL_", "DOCKER_", "DOTNET_", "GEM_", "GH_", "GIT_", "LC_", "MALLOC_", "NODE_", "NPM_", "OPENSSL_", "PERL", "PIP_", "PYTHON", "REQUESTS_", "RUBY", "SSH_", "SSL_", "XDG_", "YARN_"}
)

// steers reports whether a variable must not have a value that the event or the monitored repository decides: what a
// program obeys would be what an outsider wrote.
func steers(name string) bool { return isOneOf(name, steering, steeringPrefixes) }

func isOneOf(name string, names, prefixes []string) bool {
	return slices.Contains(names, name) || slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}
