import Testing

@testable import Reconciliation

@Suite struct DurationTextTests {
    @Test(
        "Reads what a documented text says",
        arguments: [
            ("0s", Duration.zero), ("0ms", .zero), ("0d", .zero),
            ("500ms", .milliseconds(500)), ("30s", .seconds(30)), ("007s", .seconds(7)),
            ("10m", .seconds(600)), ("72h", .seconds(259_200)), ("7d", .seconds(604_800)),
            ("36500d", DurationText.longest),
        ])
    func readsWhatADocumentedTextSays(text: String, duration: Duration) throws {
        #expect(try DurationText.parse(text) == duration)
    }

    @Test(
        "Refuses anything else",
        arguments: [
            "", "s", "10", "10 s", " 10s", "10s ", "-1s", "+1s", "1.5h", "1h30m", "10M", "10sec", "10µs", "1e3s", "٣s",
            "0x10s", "10s\n", "1ms\u{301}",
        ])
    func refusesAnythingElse(text: String) {
        #expect(throws: DurationTextError.malformed) { try DurationText.parse(text) }
    }

    @Test(
        "Refuses what would overflow",
        arguments: ["36501d", "876001h", "9223372036854775807d", "99999999999999999999999999ms"])
    func refusesWhatWouldOverflow(text: String) {
        #expect(throws: DurationTextError.tooLong) { try DurationText.parse(text) }
    }

    @Test(
        "Formats back to the text it was read from",
        arguments: [
            "0s", "1ms", "500ms", "1500ms", "1s", "30s", "90s", "10m", "1h", "4h", "24h", "72h", "144h", "7d", "30d",
            "90d", "36500d",
        ])
    func formatsBackToTheTextItWasReadFrom(text: String) throws {
        #expect(DurationText.format(try DurationText.parse(text)) == text)
    }

    @Test(
        "Chooses the largest unit that divides evenly",
        arguments: [("60s", "1m"), ("3600s", "1h"), ("2d", "48h"), ("168h", "7d"), ("1000ms", "1s"), ("0d", "0s")])
    func choosesTheLargestUnitThatDividesEvenly(written: String, shown: String) throws {
        #expect(DurationText.format(try DurationText.parse(written)) == shown)
    }

    @Test("Cuts what is shorter than a millisecond and keeps the sign")
    func cutsWhatIsShorterThanAMillisecondAndKeepsTheSign() {
        #expect(DurationText.format(.microseconds(1999)) == "1ms")
        #expect(DurationText.format(.nanoseconds(999)) == "0s")
        #expect(DurationText.format(.seconds(-90)) == "-90s")
        #expect(DurationText.format(.seconds(-259_200)) == "-72h")
    }

    @Test("Say what to write")
    func sayWhatToWrite() {
        #expect(DurationTextError.malformed.description.contains("\"72h\""))
        #expect(DurationTextError.tooLong.description.contains("36500d"))
    }
}
