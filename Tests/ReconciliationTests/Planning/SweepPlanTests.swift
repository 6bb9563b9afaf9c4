import Reconciliation
import Testing

@Suite struct SweepPlanTests {
    /// 2026-11-23 00:00 in Korea.
    static let midnight = Timestamp(seconds: 1_795_359_600)

    private func stretch(hour: Int, messages: Int, sends: Int, rowsSince: Int?) -> DueSurvey.Stretch {
        DueSurvey.Stretch(
            first: Self.midnight + .seconds(Int64(hour) * 3600 + 1800), messages: messages, sends: sends,
            rowsSince: rowsSince)
    }

    @Test("a day of sends is swept, because a page settles a thousand messages and a question about a send fifty")
    func aDay() throws {
        let survey = DueSurvey(
            stretches: (0..<20).map { hour in
                stretch(hour: hour, messages: 5000, sends: 100, rowsSince: 100_000 - hour * 5000)
            })
        let plan = try #require(SweepPlan.best(for: survey, Experience()))
        #expect(plan.from == Self.midnight + .seconds(1800 - 120))
        #expect(plan.messages == 100_000 && plan.alternative == 2000)
        #expect((110...111).contains(plan.expectedPages))
    }

    @Test("a hundred scattered among a million are not looked for page by page")
    func scattered() {
        let survey = DueSurvey(
            stretches: (0..<20).map { hour in
                stretch(hour: hour, messages: 5, sends: 5, rowsSince: 1_000_000 - hour * 50_000)
            })
        #expect(SweepPlan.best(for: survey, Experience()) == nil)
    }

    @Test("old stragglers do not make the sweep of a busy day begin a month earlier")
    func stragglers() throws {
        let survey = DueSurvey(stretches: [
            stretch(hour: -700, messages: 3, sends: 3, rowsSince: 3_000_000),
            stretch(hour: 5, messages: 20_000, sends: 400, rowsSince: 21_000),
        ])
        let plan = try #require(SweepPlan.best(for: survey, Experience()))
        #expect(plan.messages == 20_000 && plan.expectedPages == 24)
    }

    @Test("what is due and lies days back is asked about by send where too much was sent since")
    func oldBacklog() {
        let survey = DueSurvey(stretches: [stretch(hour: 3, messages: 5000, sends: 100, rowsSince: 900_000)])
        #expect(SweepPlan.best(for: survey, Experience()) == nil)
    }

    @Test("where rows cannot be counted, what is due stands for what was sent: the sweep itself is bounded")
    func uncountable() throws {
        let survey = DueSurvey(stretches: [stretch(hour: 3, messages: 5000, sends: 100, rowsSince: nil)])
        #expect(try #require(SweepPlan.best(for: survey, Experience())).expectedPages == 6)
    }

    @Test("never begins on the day before: requestTime may mean a day")
    func midnight() throws {
        let survey = DueSurvey(stretches: [
            DueSurvey.Stretch(
                first: Self.midnight + .seconds(30), messages: 5000, sends: 100, rowsSince: 5000)
        ])
        #expect(try #require(SweepPlan.best(for: survey, Experience())).from == Self.midnight)
    }

    @Test("what has been swept is not swept again")
    func after() throws {
        let survey = DueSurvey(stretches: [
            stretch(hour: 1, messages: 5000, sends: 100, rowsSince: 10_000),
            stretch(hour: 30, messages: 5000, sends: 100, rowsSince: 5000),
        ])
        let sweptUntil = Self.midnight + .seconds(24 * 3600)
        let plan = try #require(SweepPlan.best(for: survey, after: sweptUntil, Experience()))
        #expect(plan.from > sweptUntil && plan.messages == 5000)
        #expect(SweepPlan.best(for: survey, after: sweptUntil + .seconds(48 * 3600), Experience()) == nil)
    }

    @Test("a history that turned out long is not taken for a short one again")
    func experience() {
        let survey = DueSurvey(stretches: [stretch(hour: 3, messages: 100, sends: 100, rowsSince: 100)])
        var experience = Experience()
        guard let plan = SweepPlan.best(for: survey, experience) else { Issue.record("no plan"); return }
        var sweep = Sweep(plan)
        var pages: Int64 = 0
        while case .ask = sweep.next {
            pages += 1
            sweep.arrived(HistoryPage(entries: [], cursor: pages, hasNext: true))
            sweep.workedThrough(pages: 1, mentioned: 0, open: 0)
        }
        #expect(sweep.next == .over(.fruitless))
        #expect(sweep.pages <= 12, "a tenth of what it costs to ask one by one")
        experience.learn(from: sweep, .fruitless, at: .zero)
        #expect(!experience.mayAskHistory(at: .seconds(60)))
        #expect(experience.mayAskHistory(at: Experience.pause))
        #expect(SweepPlan.best(for: survey, experience) == nil)
    }
}
