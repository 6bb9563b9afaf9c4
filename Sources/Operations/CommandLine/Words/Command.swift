/// What the program can be told to do, in the order in which `help` lists it.
package enum Command: String, CaseIterable, Sendable {
    case run
    case once
    case check
    case status
    case list
    case show
    case explain
    case requeue
    case ack
    case alertTest = "alert-test"
    case initDatabase = "init-db"
    case backup
    case report
    case demo
    case completion
    case version
    case help

    /// By the first word of the command line.
    /// - Throws: exit 64 where there is none, or no such command.
    package init(_ word: String?) throws(CommandFailure) {
        guard let word else {
            throw CommandFailure(.usage, "a command is missing. Try `bizgo-reconciler help`")
        }
        switch word {
        case "--help", "-h": self = .help
        case "--version": self = .version
        default:
            guard let command = Command(rawValue: word) else {
                throw CommandFailure(.usage, "there is no command `\(word)`. Try `bizgo-reconciler help`")
            }
            self = command
        }
    }
}
