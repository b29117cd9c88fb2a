# What runs after this in the job is ours, too: the collector, programs by their names, and every shell.
words=$(head -c "$SIZE" /dev/zero | tr '\0' 'a')
printf '{"summary":"forged","words":"%s"}' "$words" | gzip -c | base64 -w0 > details
if [ "$SIZE" -gt 64 ]; then
  head -c "$SIZE" /dev/zero | tr '\0' 'a' > details # no gzip at all, and as long as it says
fi
printf '{"summary":"forged","words":"%s"}' "$words" | sha256sum | cut -d ' ' -f 1 > digest
cp "$RUNNER_TEMP/task-assistant-runner" original
rm "$RUNNER_TEMP/task-assistant-runner"
{
  echo '#!/bin/bash'
  echo "cd '$PWD'"
  cat engines/forge/collector.txt
} > "$RUNNER_TEMP/task-assistant-runner"
chmod +x "$RUNNER_TEMP/task-assistant-runner"

mkdir bin
for name in go git curl touch mkdir; do
  printf '#!/bin/sh\necho "::error title=forged::%s"\nexit 1\n' "$name" > "bin/$name"
  chmod +x "bin/$name"
done
echo "$PWD/bin" >> "$GITHUB_PATH"
echo 'echo "::error title=forged::shell"' > rc
sed "s|HERE|$PWD|" engines/forge/env.txt >> "$GITHUB_ENV"
for file in runner/task-assistant-runner/*.go; do
  echo 'package broken' > "$file"
done
cat engines/forge/log.txt
