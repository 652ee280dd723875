"""Its place puts `tests` on the path, where the helpers of the tests are."""
