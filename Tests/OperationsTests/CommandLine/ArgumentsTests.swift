import Engine
import Reconciliation
import Testing

@testable import Operations

@Suite struct ArgumentsTests {
    @Test("options and other words may stand in any order, a value behind = or in a word of its own")
    func apart() throws {
        let words = try arguments(.requeue, "K1", "--reason=stale", "K2", "--code", "64016")
        #expect(words.operands == ["K1", "K2"])
        #expect(words[.reason] == "stale")
        #expect(words[.code] == "64016")
        #expect(words[.config] == nil)
        #expect(!words.has(.config))
        #expect(try arguments(.status, "--json").has(.json))
    }

    @Test("a value may begin with dashes or have = in it")
    func values() throws {
        #expect(try arguments(.run, "--config", "--odd")[.config] == "--odd")
        #expect(try arguments(.run, "--config=a=b")[.config] == "a=b")
    }

    @Test("after -- nothing is an option, and a single dash is none")
    func onlyOperands() throws {
        #expect(try arguments(.show, "--", "--json").operands == ["--json"])
        #expect(try !arguments(.show, "--", "--json").has(.json))
        #expect(try arguments(.requeue, "--", "--").operands == ["--"])
        #expect(try arguments(.show, "-").operands == ["-"])
    }

    @Test(
        "what cannot be meant is a usage error that names the word and what to do",
        arguments: [
            (["--limit", "1", "--limit=2"], "`--limit` is given twice"),
            (["--json", "--json"], "`--json` is given twice"),
            (["--limit"], "`--limit` wants a value: --limit N"),
            (["--limit="], "`--limit` wants a value: --limit N"),
            (["--limit", ""], "`--limit` wants a value: --limit N"),
            (["--json=yes"], "`--json` takes no value"),
            (["--json="], "`--json` takes no value"),
            (["--dry-run"], "unknown option `--dry-run`"),
            (["--limits=1"], "unknown option `--limits=1`"),
            (["---limit", "1"], "unknown option `---limit`"),
            (["-l"], "unknown option `-l`"),
            (["-limit=1"], "unknown option `-limit=1`"),
            (["--=1"], "unknown option `--=1`"),
            (["K1"], "unexpected `K1`"),
        ])
    func refused(_ words: [String], _ problem: String) {
        let found = failure { () throws(CommandFailure) in _ = try Arguments(words[...], for: .list) }
        #expect(found == CommandFailure(.usage, "list: \(problem). Try `bizgo-reconciler help list`"))
    }

    @Test("a word too many is named, and one too few by what the command wants")
    func counts() {
        let many = failure { () throws(CommandFailure) in _ = try arguments(.show, "K1", "K2", "K3") }
        #expect(many == CommandFailure(.usage, "show: unexpected `K2`. Try `bizgo-reconciler help show`"))
        let few = failure { () throws(CommandFailure) in _ = try arguments(.show, "--json") }
        let wish = "MSGKEY [--json] [--config FILE] wants more words"
        #expect(few == CommandFailure(.usage, "show: \(wish). Try `bizgo-reconciler help show`"))
    }

    @Test("which messages are listed: all of them, fifty, unless told otherwise")
    func list() throws {
        let all = try arguments(.list)
        #expect(try all.status() == nil)
        #expect(try all.reason() == nil)
        #expect(try all.limit() == 50)
        let some = try arguments(.list, "--status", "Dead_Letter", "--reason", "uncertain", "--limit", "1000000")
        #expect(try some.status() == .deadLetter)
        #expect(try some.reason() == .uncertain)
        #expect(try some.limit() == 1_000_000)
    }

    @Test(
        "a status, reason or limit that is none is a usage error that says which there are",
        arguments: [
            ("--status=other", "list: unknown status `other`; it is pending, sent or dead_letter"),
            ("--status=dead", "list: unknown status `dead`; it is pending, sent or dead_letter"),
            (
                "--reason=Stale",
                "list: unknown reason `Stale`; it is one of reported, stale, uncertain, unverifiable"
            ),
            ("--limit=0", "list: --limit wants a number from 1 to 1000000, not `0`"),
            ("--limit=1000001", "list: --limit wants a number from 1 to 1000000, not `1000001`"),
            ("--limit=1e3", "list: --limit wants a number from 1 to 1000000, not `1e3`"),
        ])
    func unknown(_ word: String, _ line: String) {
        let found = failure { () throws(CommandFailure) in
            let words = try arguments(.list, word)
            _ = try words.status()
            _ = try words.reason()
            _ = try words.limit()
        }
        #expect(found == CommandFailure(.usage, line))
    }
}

@Suite struct WishTests {
    @Test("dead letters are put back by key, or by reason, of which a code may choose")
    func requeue() throws {
        #expect(try RequeueWish(arguments(.requeue, "K1", "K2")) == .keys(["K1", "K2"].map { MessageKey($0) }))
        #expect(try RequeueWish(arguments(.requeue, "--reason=stale")) == .all(.stale, nil))
        let chosen = try RequeueWish(arguments(.requeue, "--reason", "reported", "--code", "64016"))
        #expect(chosen == .all(.reported, ReportCode("64016")))
    }

    @Test(
        "neither keys nor a reason, or both, are refused: all that there is would be put back",
        arguments: [[], ["K1", "--reason=stale"], ["K1", "--code=1"], ["--code=1"]])
    func unclear(_ words: [String]) {
        let found = failure { () throws(CommandFailure) in
            _ = try RequeueWish(Arguments(words[...], for: .requeue))
        }
        let line = "requeue: wants message keys, or --reason R with or without --code C. Try `help requeue`"
        #expect(found == CommandFailure(.usage, line))
    }

    @Test("an alert is meant by its name and the labels that are given; a value may have = in it, or be empty")
    func acknowledgement() throws {
        let words = try AlertWords(arguments(.ack, "SinkFailing", "sink=a=b", "x="))
        #expect(words.name == .sinkFailing)
        #expect(words.labels == ["sink": "a=b", "x": ""])
    }

    @Test(
        "what is no alert, and no label, is named",
        arguments: [
            (["Nonsense"], ExitCode.negative, "ack: there is no alert `Nonsense`; there are AccountRefused, "),
            (["StoreTrouble"], .negative, "ack: StoreTrouble cannot be acknowledged"),
            (["Backlog", "sink"], .usage, "ack: expected LABEL=VALUE, found `sink`. Try `help ack`"),
            (["Backlog", "=x"], .usage, "ack: expected LABEL=VALUE, found `=x`. Try `help ack`"),
            (["Backlog", "a=1", "a=2"], .usage, "ack: the label `a` is given twice"),
        ])
    func noAlert(_ words: [String], _ code: ExitCode, _ line: String) throws {
        let found = failure { () throws(CommandFailure) in _ = try AlertWords(Arguments(words[...], for: .ack)) }
        #expect(found?.code == code)
        #expect(try #require(found?.lines.first).hasPrefix(line))
    }
}

@Suite struct CommandTests {
    @Test("a command is known by its name, help and version also as options")
    func names() throws {
        for command in Command.allCases { #expect(try Command(command.rawValue) == command) }
        #expect(try Command("--help") == .help)
        #expect(try Command("-h") == .help)
        #expect(try Command("--version") == .version)
    }

    @Test("no command and one there is not are usage errors that say where to look")
    func unknown() {
        let none = failure { () throws(CommandFailure) in _ = try Command(nil) }
        #expect(none == CommandFailure(.usage, "a command is missing. Try `bizgo-reconciler help`"))
        let other = failure { () throws(CommandFailure) in _ = try Command("RUN") }
        #expect(other == CommandFailure(.usage, "there is no command `RUN`. Try `bizgo-reconciler help`"))
    }

    @Test("a synopsis shows every option the command takes, with its value, and no other", arguments: Command.allCases)
    func synopsis(_ command: Command) {
        let specification = command.specification
        let shown = specification.synopsis.split(whereSeparator: { " []|".contains($0) }).map(String.init)
        let options = shown.filter { $0.hasPrefix("--") }
        #expect(Set(options) == Set(specification.options.map { "--\($0.name)" }))
        #expect(options.count == specification.options.count)
        for option in specification.options {
            guard let placeholder = option.placeholder else { continue }
            #expect(specification.synopsis.contains("--\(option.name) \(placeholder)"))
        }
    }

    @Test("a command that takes words says in its synopsis which", arguments: Command.allCases)
    func operands(_ command: Command) {
        let synopsis = command.specification.synopsis
        let startsWithOptions = synopsis.isEmpty || synopsis.hasPrefix("[--") || synopsis.hasPrefix("--")
        #expect(startsWithOptions == (command.specification.operands.upperBound == 0))
        #expect((command.specification.operands.lowerBound == 0) == (startsWithOptions || isOptional(synopsis)))
    }

    /// `[SINK]`, or one of two ways to say it.
    private func isOptional(_ synopsis: String) -> Bool { synopsis.hasPrefix("[") || synopsis.contains(" | ") }
}

@Suite struct ExitCodeTests {
    @Test(
        "a store that cannot be worked on ends a command as the contract says",
        arguments: [
            (LedgerError.Kind.busy, ExitCode.tryLater), (.full, .inputOutput), (.damaged, .inputOutput),
            (.readOnly, .configuration), (.unusable, .configuration), (.newerSchema, .configuration),
            (.unexpected, .software),
        ])
    func store(_ kind: LedgerError.Kind, _ code: ExitCode) {
        #expect(CommandFailure(LedgerError(kind, "why")) == CommandFailure(code, "why"))
    }
}

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
