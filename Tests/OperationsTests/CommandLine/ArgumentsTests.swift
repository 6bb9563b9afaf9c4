import Engine
import Ledger
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

/// `--since` and `--until`, as people write times.
@Suite struct AcceptedTests {
    private static let seoul = Zone(secondsEastOfUTC: 9 * 3600)

    @Test(
        "a time is a day or has a time of day, in the zone of people unless an offset follows",
        arguments: [
            ("2026-11-29", "2026-11-28T15:00:00Z"),
            ("2026-11-29T15:25", "2026-11-29T06:25:00Z"),
            ("2026-11-29 15:25", "2026-11-29T06:25:00Z"),
            ("2026-11-29T15:25:30", "2026-11-29T06:25:30Z"),
            ("2026-11-29 15:25:30 +09:00", "2026-11-29T06:25:30Z"),
            ("2026-11-29T15:25Z", "2026-11-29T15:25:00Z"),
            ("2026-11-29T15:25:30-03:30", "2026-11-29T18:55:30Z"),
            ("2024-02-29", "2024-02-28T15:00:00Z"),
        ])
    func times(_ text: String, _ utc: String) throws {
        let time = try #require(Timestamp(iso8601: utc, defaultOffset: 0))
        let since = try arguments(.list, "--since", text).accepted(in: Self.seoul)
        #expect(since == AcceptanceSpan(since: time))
        let until = try arguments(.requeue, "--reason=stale", "--until", text).accepted(in: Self.seoul)
        #expect(until == AcceptanceSpan(until: time))
    }

    @Test("a day begins where the zone is")
    func zone() throws {
        let day = try arguments(.list, "--since", "2026-11-29", "--until=2026-11-30").accepted(in: .utc)
        #expect(day.since?.iso8601() == "2026-11-29T00:00:00Z")
        #expect(day.until?.iso8601() == "2026-11-30T00:00:00Z")
        #expect(try arguments(.list).accepted(in: .utc) == .always)
    }

    @Test(
        "what is no time is a usage error that says what one is",
        arguments: [
            "yesterday", "2026-11-31", "2025-02-29", "2026-11-29T", "2026-11-29T25:00", "2026-11-29 15", "2026-11",
            "29/11/2026", "1764400000", "2026-11-29+09:00", "2026-11-29 15:25 KST", " 2026-11-29",
        ])
    func noTimes(_ text: String) {
        let found = failure { () throws(CommandFailure) in
            _ = try arguments(.list, "--since=2026-01-01", "--until", text).accepted(in: .utc)
        }
        let line =
            "list: --until wants a time such as 2026-11-29, 2026-11-29T15:25 or 2026-11-29T15:25:30+09:00, not `\(text)`"
        #expect(found == CommandFailure(.usage, line))
    }

    @Test("where nothing can be between the two, one of them is not meant", arguments: ["2026-11-30", "2026-11-29"])
    func nothingBetween(_ since: String) {
        let found = failure { () throws(CommandFailure) in
            _ = try arguments(.requeue, "--reason=stale", "--since", since, "--until=2026-11-29").accepted(
                in: Self.seoul)
        }
        let line =
            "requeue: --since \(since) 00:00:00 +09:00 is not before --until 2026-11-29 00:00:00 +09:00: nothing can be"
            + " between them"
        #expect(found == CommandFailure(.usage, line))
    }
}

/// `--service-type`
@Suite struct ServiceTypeTests {
    private func store(_ ours: [String]?, column: String? = "service_type") -> LedgerConfiguration {
        var store = LedgerConfiguration()
        store.serviceTypes = ours
        store.columns.serviceType = column
        return store
    }

    @Test("any word where all rows are ours, else one of our words")
    func words() throws {
        #expect(try arguments(.list).serviceType(store(nil, column: nil)) == nil)
        #expect(try arguments(.list, "--service-type", "SMS").serviceType(store(nil)) == "SMS")
        #expect(try arguments(.record, "--service-type", "AT").serviceType(store(["SMS", "AT"])) == "AT")
    }

    @Test("another channel's word, or any where rows have none, is a usage error")
    func refused() {
        let foreign = failure { () throws(CommandFailure) in
            _ = try arguments(.list, "--service-type=SMS").serviceType(store(["AT"]))
        }
        let line = "list: store.service_types does not name `SMS`: such rows are not looked after"
        #expect(foreign == CommandFailure(.usage, line))
        let unmapped = failure { () throws(CommandFailure) in
            _ = try arguments(.send, "--service-type=SMS").serviceType(store(nil, column: nil))
        }
        #expect(
            unmapped == CommandFailure(.usage, "send: store.columns.service_type is null: rows have no service type"))
    }
}

@Suite struct WishTests {
    @Test("dead letters are put back by key, or by reason, of which a code may choose")
    func requeue() throws {
        #expect(try RequeueWish(arguments(.requeue, "K1", "K2")) == .keys(["K1", "K2"].map { MessageKey($0) }))
        #expect(try RequeueWish(arguments(.requeue, "--reason=stale")) == .all(.stale, nil))
        let chosen = try RequeueWish(arguments(.requeue, "--reason", "reported", "--code", "64016"))
        #expect(chosen == .all(.reported, ReportCode("64016")))
        let narrowed = try RequeueWish(arguments(.requeue, "--reason", "stale", "--since", "2026-11-29"))
        #expect(narrowed == .all(.stale, nil))
    }

    @Test(
        "neither keys nor a reason, or both, are refused: all that there is would be put back",
        arguments: [
            [], ["K1", "--reason=stale"], ["K1", "--code=1"], ["--code=1"], ["K1", "--since=2026-11-29"],
            ["K1", "--until=2026-11-29"], ["--since=2026-11-29", "--until=2026-11-30"],
        ])
    func unclear(_ words: [String]) {
        let found = failure { () throws(CommandFailure) in
            _ = try RequeueWish(Arguments(words[...], for: .requeue))
        }
        let line =
            "requeue: wants message keys, or --reason R, which --code C, --since T and --until T narrow. Try `help requeue`"
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
