# set -u and pipefail hold in a file, too: an unset name is false, and so is a pipe that fails at its head.
if (echo "$NOBODY_SETS_THIS") 2> /dev/null; then exit 3; fi
if false | true; then exit 4; fi
. "$(dirname "$0")/lib/words.sh" # beside it in the tree
words > words
{
  echo 'found<<END'
  printf '%s\n' '$(touch expanded) `touch expanded` ${{ github.token }} "quoted"' 'second line'
  echo END
} >> "$GITHUB_OUTPUT"
