"""Asks the example about each case on standard input."""

import json
import sys

from receiver import is_genuine

cases = json.load(sys.stdin)
print(json.dumps([is_genuine(case["privateKey"], case["headers"], case["body"].encode(), case["now"]) for case in cases]))
