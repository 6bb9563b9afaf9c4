import Engine
import Reconciliation
import Support
import Testing

/// Bytes that nobody means well with. Nothing crashes, and nothing of it is ever a report.
@Suite(.timeLimit(.minutes(10)))
@EventLoop
struct HostileInputTests {
    @Test("An answer nested too deeply is nonsense", arguments: ["[", "{\"a\":", "[{\"a\":"])
    func anAnswerNestedTooDeeplyIsNonsense(opening: String) async {
        let bomb = String(repeating: opening, count: 100_000)
        #expect(await ask(bomb).failure?.detail == "HTTP 200: the answer is nested too deeply")
        let inside = envelope(content: #"{"x":\#(bomb)"#)
        #expect(await ask(inside).failure?.kind == .nonsense)
    }

    @Test("Depth is counted outside of texts")
    func depthIsCountedOutsideOfTexts() async {
        let text = String(repeating: "[", count: 500) + #"\"\\"#
        let body = envelope(content: #"{"report":[\#(report(#""reportCode":"10000","reportText":"\#(text)""#))]}"#)
        #expect(await ask(body).value?.count == 1)
        let deep = String(repeating: "[", count: 60) + String(repeating: "]", count: 60)
        #expect(await ask(envelope(content: #"{"report":[],"x":\#(deep)}"#)) == .success([]))
        let deeper = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
        #expect(await ask(envelope(content: #"{"x":\#(deeper)}"#)).failure?.kind == .nonsense)
    }

    @Test("A list of millions is nonsense")
    func aListOfMillionsIsNonsense() async {
        let list = "[" + String(repeating: "{},", count: 1_000_000) + "{}]"
        #expect(
            await ask(envelope(content: #"{"report":\#(list)}"#)).failure?.detail
                == "HTTP 200: the answer has too many parts")
    }

    @Test("A page of a thousand is read")
    func aPageOfAThousandIsRead() async {
        let list = Array(repeating: report(), count: 1000).joined(separator: ",")
        #expect(await ask(envelope(content: #"{"report":[\#(list)]}"#)).value?.count == 1000)
    }

    @Test(
        "Odd numbers do no harm",
        arguments: [
            "1e999", "-1e999", "1" + String(repeating: "0", count: 100_000),
            "0." + String(repeating: "1", count: 100_000),
            "1e-999", "00", "+1", "NaN", "Infinity", "0x10", "1.", ".5", "-",
        ])
    func oddNumbersDoNoHarm(number: String) async {
        let body = envelope(content: #"{"report":[\#(report(#""reportCode":\#(number)"#))],"n":\#(number)}"#)
        let codes = await ask(body).value?.compactMap(\.code) ?? []
        #expect(!codes.contains(.delivered))
    }

    /// A text in another encoding must not keep its message from being settled; a key or a code in one is none.
    @Test(
        "A text that is not UTF-8 is dropped",
        arguments: [
            [0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x80], [0xe2, 0x82], [0xc7, 0xd1],
        ] as [[UInt8]])
    func aTextThatIsNotUTF8IsDropped(bytes: [UInt8]) async {
        func body(_ members: String) -> [UInt8] {
            let text = envelope(content: #"{"report":[\#(report(members))]}"#)
            return Array(text.utf8.split(separator: UInt8(ascii: "@")).joined(separator: bytes))
        }
        let entries = await ask(body(#""reportCode":"10000","reportText":"@""#)).value
        #expect(entries == [ReportEntry(key: key, code: .delivered)])
        #expect(await ask(body(#""reportCode":"@""#)).failure?.kind == .nonsense)
        #expect(await ask(body(#""@":"@""#)).value?.contains { $0.code != nil } != true)
    }

    @Test("Answers in UTF-16 are nonsense")
    func answersInUTF16AreNonsense() async {
        let wide: [UInt8] = Array(envelope(content: #"{"report":[]}"#).utf8.map { [$0, 0] }.joined())
        #expect(await ask([0xff, 0xfe] + wide).failure?.kind == .nonsense)
        #expect(await ask(wide).failure?.kind == .nonsense)
    }

    @Test(
        "A key that comes twice does no harm",
        arguments: [
            #"{"common":{"authCode":"A000"},"common":{"authCode":"A401"},"data":{"code":"A000"}}"#,
            #"{"common":{"authCode":"A401","authCode":"A000"},"data":{"code":"A000","code":"A999"}}"#,
        ])
    func aKeyThatComesTwiceDoesNoHarm(body: String) async {
        // Which one counts is the decoder's; there is no report either way.
        #expect(await (ask(body).value ?? []).isEmpty)
    }

    @Test("Random bytes are never a report")
    func randomBytesAreNeverAReport() async {
        var generator = SeededGenerator(seed: 20_261_123)
        for _ in 0..<3000 {
            let count = Int.random(in: 0..<200, using: &generator)
            let body = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            let status = [200, 400, 401, 404, 500].randomElement(using: &generator) ?? 200
            #expect(await ask(status: status, body).value == nil)
        }
    }

    @Test("Damaged answers are read or refused but never invented")
    func damagedAnswersAreReadOrRefusedButNeverInvented() async {
        var generator = SeededGenerator(seed: 42)
        let members = #""serviceType":"SMS","reportCode":"64008","reportTime":"2026-01-12T11:00:00+09:00""#
        let whole = Array(envelope(content: #"{"report":[\#(report(members)),\#(report(members))]}"#).utf8)
        let alphabet = Array(#"{}[]",:\0123456789eE+-.ntf "#.utf8) + [0, 0x80, 0xff]
        for _ in 0..<5000 {
            var body = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<body.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: body[place] = alphabet.randomElement(using: &generator) ?? 0
                case 1: body.remove(at: place)
                default: body.insert(alphabet.randomElement(using: &generator) ?? 0, at: place)
                }
            }
            let entries = await ask(body).value ?? []
            #expect(entries.count <= 2)
            #expect(entries.allSatisfy { $0.key == key })
            #expect(entries.allSatisfy { $0.code != .delivered })
        }
    }

    @Test("Every beginning of an answer is nonsense")
    func everyBeginningOfAnAnswerIsNonsense() async {
        let whole = Array(envelope(content: #"{"report":[\#(report())]}"#).utf8)
        for length in 0..<whole.count {
            #expect(await ask(Array(whole[..<length])).failure?.kind == .nonsense)
        }
        #expect(await ask(whole).value?.count == 1)
    }
}
