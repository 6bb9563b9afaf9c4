@testable import Operations

/// Settings of a text, for tests that expect them.
func settings(_ text: String) throws -> Settings {
    try Settings.parse(Array(text.utf8), file: "config.json5")
}

/// Everything wrong with a text, rendered, in order; empty when nothing is.
func problems(_ text: String) -> [String] {
    do throws(ConfigurationFailure) {
        _ = try Settings.parse(Array(text.utf8), file: "config.json5")
        return []
    } catch {
        return error.problems.map(\.description)
    }
}
