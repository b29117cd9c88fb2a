#!/usr/bin/env bash
echo "{}" > "$RESULT_FILE"
