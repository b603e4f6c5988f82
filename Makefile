# Every target calls a script or cargo; what a target does in detail stands there.
.PHONY: help demo test bench peers plugins lint

help: ## Lists the targets.
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

demo: ## Builds Limosa and migrates a small database full of planted defects.
	@tests/prepare build && plugins/build && cargo run --package limosa-cli -- demo

test: ## Runs all checks and tests, on throwaway servers of its own; installs what they need.
	@tests/prepare test && plugins/build && tests/run

bench: ## Races the release build against pgloader, pg_dump, COPY, LOAD DATA and sqlite3-to-mysql, and one check in four languages.
	@tests/prepare bench && plugins/build && tests/bench && tests/bench --languages

peers: ## Runs other tools and Limosa on small inputs that are hard to move; writes host/cli/docs/side-by-side.md.
	@tests/prepare peers && plugins/build && cargo build --package limosa-cli --locked && python3 -B tests/peers --write

plugins: ## Builds the first-party plugins as WebAssembly components.
	@tests/prepare build && plugins/build

lint: ## Formatting, clippy and documentation, with warnings as errors.
	@tests/run lint
