import Reconciliation
import Testing

@testable import Operations

@Suite struct ArgumentsTests {
    @Test("options and other words may stand in any order, a value behind = or in a word of its own")
    func apart() throws {
        let words = try arguments(.requeue, "K1", "--reason=stale", "K2", "--code", "64016")
        #expect(words.operands == ["K1", "K2"])
        #expect(words[.reason] == "stale" && words[.code] == "64016")
        #expect(words[.config] == nil && !words.has(.config))
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
        #expect(try all.status() == nil && all.reason() == nil && all.limit() == 50)
        let some = try arguments(.list, "--status", "Dead_Letter", "--reason", "uncertain", "--limit", "1000000")
        #expect(try some.status() == .deadLetter && some.reason() == .uncertain && some.limit() == 1_000_000)
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
