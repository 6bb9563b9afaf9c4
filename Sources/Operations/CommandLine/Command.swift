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
    case ask
    case verify
    case record
    case send
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

extension Command {
    /// A table. What a command takes and how it is run (`Command.execute`) are switches over the same cases: one that is
    /// new is wanted by the compiler in both.
    var specification: CommandSpecification {
        switch self {
        case .run:
            CommandSpecification(
                synopsis: "[--config FILE]",
                purpose: "the daemon: a cycle every reconcile.interval",
                options: [.config])
        case .once:
            CommandSpecification(
                synopsis: "[--dry-run] [--json] [--config FILE]",
                purpose: "one pass over all that is due, then the alerts it causes",
                options: [.dryRun, .json, .config])
        case .check:
            CommandSpecification(
                synopsis: "[--offline] [--config FILE]",
                purpose: "configuration, files, permissions, schema, provider and sinks",
                options: [.offline, .config])
        case .status:
            CommandSpecification(
                synopsis: "[--json] [--check] [--config FILE]",
                purpose: "counts, oldest pending, last cycle, provider, firing alerts",
                options: [.json, .check, .config])
        case .list:
            CommandSpecification(
                synopsis: """
                    [--status S] [--reason R] [--since T] [--until T] [--service-type W]
                        [--limit N] [--json] [--config FILE]
                    """,
                purpose: "messages, newest first",
                options: [.status, .reason, .since, .until, .serviceType, .limit, .json, .config])
        case .show:
            CommandSpecification(
                synopsis: "MSGKEY [--json] [--config FILE]",
                purpose: "one message: row, attempts, next attempt, timeline",
                options: [.json, .config], operands: 1...1)
        case .explain:
            CommandSpecification(
                synopsis: "MSGKEY [--json] [--config FILE]",
                purpose: "what would be done next for a message, and why",
                options: [.json, .config], operands: 1...1)
        case .requeue:
            CommandSpecification(
                synopsis: "MSGKEY… | --reason R [--code C] [--since T] [--until T] [--json] [--config FILE]",
                purpose: "dead letters back to PENDING, due now",
                options: [.reason, .code, .since, .until, .json, .config], operands: 0...10_000)
        case .ask:
            CommandSpecification(
                synopsis: "MSGKEY… [--json] [--config FILE]",
                purpose: "asks about messages at once, and says what became of them",
                options: [.json, .config], operands: 1...1_000)
        case .verify:
            CommandSpecification(
                synopsis: "[--day DATE] [--json] [--config FILE]",
                purpose: "holds rows against what the provider says of them, and lists what differs",
                options: [.day, .json, .config])
        case .record:
            CommandSpecification(
                synopsis: "[FILE] [--service-type W] [--json] [--config FILE]",
                purpose: "writes a PENDING row for each message a send was accepted for",
                options: [.serviceType, .json, .config], operands: 0...1)
        case .send:
            CommandSpecification(
                synopsis: "[FILE] [--service-type W] [--json] [--config FILE]",
                purpose: "sends a request, its rows first: never twice, and none is forgotten",
                options: [.serviceType, .json, .config], operands: 0...1)
        case .ack:
            CommandSpecification(
                synopsis: "ALERT [LABEL=VALUE…] [--config FILE]",
                purpose: "silences a firing alert until it resolves",
                options: [.config], operands: 1...20)
        case .alertTest:
            CommandSpecification(
                synopsis: "[SINK] [--config FILE]",
                purpose: "sends a test to one alert sink, or to all",
                options: [.config], operands: 0...1)
        case .initDatabase:
            CommandSpecification(
                synopsis: "[--config FILE]",
                purpose: "creates the default table in an empty or missing database file",
                options: [.config])
        case .backup:
            CommandSpecification(
                synopsis: "FILE [--config FILE]",
                purpose: "a complete, checked copy of the database, also while the daemon runs",
                options: [.config], operands: 1...1)
        case .report:
            CommandSpecification(
                synopsis: "--html FILE [--config FILE]",
                purpose: "the status page, made once",
                options: [.html, .config])
        case .demo:
            CommandSpecification(
                synopsis: "[--sandbox FOLDER]",
                purpose: "the daemon against the built-in simulator and a scratch database",
                options: [.sandbox])
        case .completion:
            CommandSpecification(
                synopsis: "bash|zsh|fish",
                purpose: "a script that completes commands and options",
                operands: 1...1)
        case .version:
            CommandSpecification(
                synopsis: "",
                purpose: "the version, and those of libcurl and SQLite")
        case .help:
            CommandSpecification(
                synopsis: "[COMMAND]",
                purpose: "this list, or one command",
                operands: 0...1)
        }
    }
}

/// What a command takes.
struct CommandSpecification {
    /// The words after the name, as `help` shows them.
    var synopsis: String
    /// One line for the list of commands.
    var purpose: String
    var options: [CommandOption] = []
    /// How many words that are no options.
    var operands: ClosedRange<Int> = 0...0
}

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
    package static let since = CommandOption("since", "T")
    package static let until = CommandOption("until", "T")
    package static let limit = CommandOption("limit", "N")
    package static let code = CommandOption("code", "C")
    package static let serviceType = CommandOption("service-type", "W")
    package static let day = CommandOption("day", "DATE")
    package static let sandbox = CommandOption("sandbox", "FOLDER")
    package static let html = CommandOption("html", "FILE")
}
