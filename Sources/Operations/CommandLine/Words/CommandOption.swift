/// A word with two dashes, and what follows it.
package struct CommandOption: Hashable, Sendable {
    /// Without dashes.
    let name: String
    /// What `help` shows for its value; nil for a flag, which has none.
    let placeholder: String?

    private init(_ name: String, _ placeholder: String? = nil) {
        self.name = name
        self.placeholder = placeholder
    }

    package static let config = CommandOption("config", "FILE")
    package static let dryRun = CommandOption("dry-run")
    package static let json = CommandOption("json")
    package static let offline = CommandOption("offline")
    package static let check = CommandOption("check")
    package static let status = CommandOption("status", "S")
    package static let reason = CommandOption("reason", "R")
    package static let limit = CommandOption("limit", "N")
    package static let code = CommandOption("code", "C")
    package static let sandbox = CommandOption("sandbox", "FOLDER")
    package static let html = CommandOption("html", "FILE")
}
