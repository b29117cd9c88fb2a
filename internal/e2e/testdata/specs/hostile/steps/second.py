import os

import neighbour  # beside it in the tree

# A result of another step is a text, whatever stands in it.
expected = '$(touch expanded) `touch expanded` ${{ github.token }} "quoted"\nsecond line'
if os.environ["FOUND"] != expected or os.path.exists("expanded"):
    raise SystemExit(f"found {os.environ['FOUND']!r}")
with open("words", "a") as f:
    f.write(neighbour.word + "\n")
