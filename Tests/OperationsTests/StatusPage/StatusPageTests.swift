import Engine
import Reconciliation
import Testing

@testable import Operations

private let now = Timestamp(seconds: 1_800_000_000)
private let hostile = "\"><script>x</script>'&\u{1B}[31m\u{202E} 010-0000-0009"

@Suite struct StatusPageTests {
    private func report(_ figures: StatusFigures, host: String = "h1") -> StatusReport {
        report(.figures(figures), host: host)
    }

    private func report(_ content: StatusReport.Content, host: String = "h1") -> StatusReport {
        StatusReport(
            content: content, generatedAt: now, origin: .daemon, host: host, version: "1.0", database: "/d/app.db",
            interval: .seconds(60), verifies: true, meaning: { ("means \($0.detail ?? "something")", "First: look.") },
            language: "en", zone: .utc)
    }

    private func healthy() -> StatusFigures {
        var figures = StatusFigures()
        let health = ProviderHealth(since: now - .seconds(3600))
        figures.provider = health
        figures.lastSuccessAt = now
        figures.cycles = [CycleRecord(startedAt: now, duration: .milliseconds(12), result: .ok, health: health)]
        return figures
    }

    @Test("nothing at all is a page") func nothingAtAllIsAPage() {
        let page = StatusPage.html(report(StatusFigures()))
        #expect(page.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
        #expect(page.hasSuffix("</html>\n"))
        #expect(page.contains("No cycle has been made yet."))
        #expect(!page.contains("<svg"))
    }

    @Test("the same report is the same page") func theSameReportIsTheSamePage() {
        var figures = healthy()
        for code in ["64008", "23001", "22003", "64016"] {
            figures.settled.append(
                SettledCount(
                    hour: now.milliseconds / 3_600_000, source: .inquiry, outcome: .deadLetter(.reported),
                    code: ReportCode(code), count: 3))
        }
        let pages = Set((0..<20).map { _ in StatusPage.html(report(figures)) })
        #expect(pages.count == 1)
    }

    @Test("foreign text is text in every field") func foreignTextIsTextInEveryField() {
        var figures = healthy()
        let health = ProviderHealth(state: .refused, since: now, detail: hostile)
        figures.provider = health
        figures.cycles = [CycleRecord(startedAt: now, duration: .zero, result: .failed, health: health)]
        figures.firing = [
            Alert(
                identity: AlertIdentity(.sinkFailing, labels: [hostile: hostile]), count: 1, detail: hostile, since: now
            )
        ]
        figures.settled = [
            SettledCount(
                hour: now.milliseconds / 3_600_000, source: .polling, outcome: .deadLetter(.reported),
                code: ReportCode(hostile), count: 1),
            SettledCount(
                hour: now.milliseconds / 3_600_000, source: .polling, outcome: .deadLetter(.reported),
                code: ReportCode("<b>'&"), count: 1),
        ]
        var all = report(figures, host: hostile)
        all.version = hostile
        all.database = hostile
        for page in [StatusPage.html(all), StatusPage.html(report(.unreadable(hostile), host: hostile))] {
            #expect(page.ranges(of: "<script").count == 1, "its own")
            #expect(!page.contains("<b>"))
            #expect(!page.contains("0000"))
            #expect(!page.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
            #expect(page.contains("&lt;script&gt;x&lt;/script&gt;&#39;&amp;"))
        }
    }

    @Test("pending messages are named by their ages") func pendingMessagesAreNamedByTheirAges() {
        var figures = healthy()
        for (index, bound) in PendingAges.bounds.enumerated() {
            figures.pending.buckets[index] = index + 1
            #expect(bound > (index > 0 ? PendingAges.bounds[index - 1] : .zero))
        }
        let page = StatusPage.html(report(figures))
        let names = [
            "under 10 minutes", "10 to 60 minutes", "1 to 6 hours", "6 to 24 hours", "1 to 3 days", "3 to 7 days",
            "over 7 days",
        ]
        #expect(names.allSatisfy { page.contains("<th scope=\"row\">\($0)</th>") })
    }

    @Test("numbers are not taken for telephone numbers") func numbersAreNotTakenForTelephoneNumbers() {
        var figures = healthy()
        figures.pending.buckets[0] = 123_456_789_012
        figures.settled = [
            SettledCount(hour: now.milliseconds / 3_600_000, source: .inquiry, outcome: .sent, count: 1 << 53)
        ]
        let page = StatusPage.html(report(figures))
        #expect(page.contains("123,456,789,012"))
        #expect(page.contains("9,007,199,254,740,992"))
        #expect(page.contains("2027-01-15 08:00:00"))
    }

    @Test("all times are in the zone of the alerts' texts") func allTimesAreInTheZoneOfTheAlertsTexts() {
        var figures = healthy()
        // 08:00 UTC.
        figures.settled = [
            SettledCount(hour: now.milliseconds / 3_600_000 - 8, source: .inquiry, outcome: .sent, count: 3)
        ]
        var korean = report(figures)
        korean.zone = Zone(secondsEastOfUTC: 9 * 3600)
        let page = StatusPage.html(korean)
        #expect(page.contains("2027-01-15T17:00:00+09:00\">2027-01-15 17:00:00</time> +09:00"))
        #expect(page.contains("All times are +09:00."))
        #expect(!page.contains("08:00:00"))
        #expect(
            page.contains("2027-01-15\">01-15</time></th><td class=\"n\">3</td>"), "midnight UTC is 9 in the morning")
        #expect(page.contains(">01-15 09:00</time></th><td class=\"n\">3</td>"))
    }

    @Test("failures and delays are told by day and by class")
    func failuresAndDelays() {
        var figures = healthy()
        for (ago, slow) in [(Int64(1), 9), (2, 9), (30, 20)] {
            var outcomes = OutcomeCounts()
            outcomes.add(.delivered, 150)
            outcomes.add(.failed(.recipient), 30)
            outcomes.add(.failed(.account), 15)
            outcomes.add(.givenUp, 5)
            var delays = ReportDelays()
            delays.add(step: 3, 90)
            delays.add(step: 310, slow)
            figures.rates.append(HourRates(hour: now.hour - ago, outcomes: outcomes, delays: delays))
        }
        let page = StatusPage.html(report(figures))
        func row(_ day: String, _ cells: String...) -> Bool {
            page.split(separator: "<tr>").contains { row in
                row.contains(day) && cells.allSatisfy { row.contains(">\($0)<") }
            }
        }
        #expect(row("01-15<", "400", "90", "23 %", "198", "3s", "310s"))
        #expect(row("01-14<", "200", "45", "110", "3s", "310s"))
        #expect(row("all<", "600", "135", "308"))
        #expect(row("recipient<", "90", "15 %"))
        #expect(row("account<", "45", "8 %"))
        #expect(StatusPage.html(report(healthy())).contains("Nothing was settled."))
    }

    @Test("a day begins at midnight of the zone also within an hour")
    func aDayBeginsAtMidnightOfTheZoneAlsoWithinAnHour() {
        for (seconds, firstHour) in [(9 * 3600, 15), (0, 0), (19_800, 19), (-12_600, 4)] {
            let clock = PageClock(zone: Zone(secondsEastOfUTC: seconds))
            let first = clock.firstHour(ofDay: 20_468)
            #expect(first % 24 == Int64(firstHour), "\(seconds)")
            #expect(clock.day(ofHour: first) == 20_468)
            #expect(clock.day(ofHour: first - 1) == 20_467)
        }
    }

    @Test("verification: the last look, the last day, and what differs, in the zone")
    func verification() {
        var figures = healthy()
        figures.verification = VerificationFigures(
            progress: .init(
                beganAt: now - .seconds(864_000), lookedAt: now - .seconds(3600),
                verifiedUntil: Timestamp(iso8601: "2027-01-15T00:00:00+09:00", defaultOffset: 0)),
            counts: [.falseSent: 9300, .missingRow: 2],
            newest: [
                Difference(
                    .falseSent, MessageKey("20270115010000000<b>"), rowStatus: .sent, code: ReportCode("64008"),
                    acceptedAt: now - .seconds(7200)),
                Difference(.missingRow, MessageKey("K2"), rowStatus: nil, code: ReportCode(hostile), acceptedAt: nil),
            ])
        var korean = report(figures)
        korean.zone = Zone(secondsEastOfUTC: 9 * 3600)
        let page = StatusPage.html(korean)
        #expect(page.contains("looked at 1 h 0 min ago, at <time datetime=\"2027-01-15T16:00:00+09:00\">"))
        #expect(page.contains("the last whole day verified is <time datetime=\"2027-01-14\">2027-01-14</time>."))
        #expect(page.contains("<th scope=\"row\">false_sent</th><td class=\"n\">9,300</td>"))
        #expect(page.contains("<th scope=\"row\">healed</th><td class=\"n\">0</td>"))
        #expect(page.contains("<code>20270115010000000&lt;b&gt;</code></th><td>false_sent</td><td>sent</td>"))
        #expect(page.contains("<code>64008</code></td><td><time datetime=\"2027-01-15T15:00:00+09:00\">"))
        #expect(page.contains("<td>missing_row</td><td>–</td><td><code>…</code></td><td>–</td>"))
    }

    @Test("verification is on the page where it is on, or something is kept")
    func verificationThatIsOff() {
        var off = report(healthy())
        #expect(StatusPage.html(off).contains("<p>The account has not been looked at yet; no whole day"))
        #expect(StatusPage.html(off).contains("Nothing that was compared differs."))
        off.verifies = false
        #expect(!StatusPage.html(off).contains("Verification"))
        var figures = healthy()
        figures.verification.counts = [.healed: 1]
        off.content = .figures(figures)
        #expect(StatusPage.html(off).contains("Nothing is verified any more."))
    }

    @Test("the page says when it will be stale") func thePageSaysWhenItWillBeStale() {
        let page = StatusPage.html(report(healthy()))
        #expect(
            page.contains(
                "<span id=\"until\"><time datetime=\"2027-01-15T08:05:00Z\">2027-01-15 08:05:00</time></span>"))
    }

    @Test("what fires stands before everything else") func whatFiresStandsBeforeEverythingElse() {
        func places(_ figures: StatusFigures) -> [String.Index] {
            let page = StatusPage.html(report(figures))
            return ["Firing alerts", "At a glance"].compactMap { page.firstRange(of: "\($0)</h2>")?.lowerBound }
        }
        var figures = healthy()
        #expect(places(figures).count == 2)
        #expect(places(figures)[0] > places(figures)[1])
        figures.firing = [Alert(identity: AlertIdentity(.backlog), count: 1, since: now)]
        #expect(places(figures)[0] < places(figures)[1])
    }

    @Test("the worst is said first") func theWorstIsSaidFirst() {
        func word(_ figures: StatusFigures) -> String { PageVerdict.of(report(figures)).word }
        var figures = healthy()
        #expect(word(figures) == "Fine")
        figures.firing = [Alert(identity: AlertIdentity(.lateReports), count: 1, since: now)]
        #expect(word(figures) == "Fine")
        figures.firing.append(Alert(identity: AlertIdentity(.backlog), count: 1, since: now))
        #expect(word(figures) == "Warning")
        figures.firing.append(Alert(identity: AlertIdentity(.accountRefused), count: 1, since: now))
        #expect(word(figures) == "Critical")
        let page = StatusPage.html(report(figures))
        let order = ["AccountRefused", "Backlog", "LateReports"].compactMap { page.firstRange(of: $0)?.lowerBound }
        #expect(order.count == 3)
        #expect(order == order.sorted())
        figures.firing = []
        figures.lastSuccessAt = now - .seconds(301)
        #expect(word(figures) == "Critical")
    }

    @Test(
        "the scale ends above the highest bar",
        arguments: [(0, 2), (2, 2), (3, 4), (5, 6), (9, 10), (11, 20), (41, 60), (100, 100), (101, 200)])
    func theScaleEndsAboveTheHighestBar(_ largest: Int, _ top: Int) {
        var figures = healthy()
        figures.settled = [
            SettledCount(hour: now.milliseconds / 3_600_000, source: .inquiry, outcome: .sent, count: largest)
        ]
        let page = StatusPage.html(report(figures))
        #expect(page.contains("<span>\(top)</span>") == (largest > 0))
    }

    @Test("what is older than the chart is left out") func whatIsOlderThanTheChartIsLeftOut() {
        let counts = [-1, 0, 167, 168, 10_000].map {
            SettledCount(hour: now.milliseconds / 3_600_000 - $0, source: .inquiry, outcome: .late, count: 1)
        }
        let hours = SettledHours(counts, at: now)
        #expect(hours.hours.count == 168)
        #expect(hours.total == 2)
        #expect(hours.days.reduce(0) { $0 + $1.counts.reduce(0, +) } == 2)
    }

    @Test("a share is never rounded to all or nothing") func aShareIsNeverRoundedToAllOrNothing() {
        #expect(PageText.share(0, of: 0) == nil)
        #expect(PageText.share(0, of: 5) == 0)
        #expect(PageText.share(1, of: 1000) == 1)
        #expect(PageText.share(999, of: 1000) == 99)
        #expect(PageText.share(5, of: 5) == 100)
    }
}
