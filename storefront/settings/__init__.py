"""Settings: `demo` for a first run, `test` for tests, `production` for a shop that takes money."""
