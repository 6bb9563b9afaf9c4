@testable import Operations

/// A command line, taken apart.
func arguments(_ command: Command, _ words: String...) throws(CommandFailure) -> Arguments {
    try Arguments(words[...], for: command)
}

/// How the work fails; nil when it does not.
func failure(_ work: () throws(CommandFailure) -> Void) -> CommandFailure? {
    do throws(CommandFailure) {
        try work()
        return nil
    } catch {
        return error
    }
}
