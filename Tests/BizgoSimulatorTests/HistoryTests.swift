import Testing

@testable import BizgoSimulator

@Suite("The history")
struct HistoryTests {
    /// Messages at shuffled times, some with two channels.
    private func model(_ order: SimulatorConfiguration.HistoryOrder, count: Int = 137) -> ProviderModel {
        var configuration = SimulatorConfiguration()
        configuration.historyOrder = order
        var model = ProviderModel(configuration: configuration)
        var generator = SeededGenerator(seed: 11)
        model.load(
            (0..<count).map { index in
                let time = noon - Int64.random(in: 0...100, using: &generator) * 1000
                let channels: [ChannelPlan] =
                    index % 3 == 0 ? [.alimtalk("64016"), .sms("10000")] : [.alimtalk("10000")]
                return MessagePlan(
                    msgKey: "key" + String(1000 + index), acceptedAt: time,
                    channels: channels.map { channel in
                        var channel = channel
                        channel.startsAt = time
                        return channel
                    })
            })
        return model
    }

    private func walk(_ model: inout ProviderModel, _ query: ProviderModel.HistoryQuery, now: Int64 = noon)
        -> [ReportView]
    {
        var query = query
        var rows: [ReportView] = []
        while rows.count < 10_000 {
            let page = model.history(query, now: now)
            #expect(page.rows.count <= query.limit)
            rows += page.rows
            guard page.hasNext, let lastSeq = page.lastSeq else { return rows }
            #expect(page.rows.count == query.limit)
            query.lastSeq = lastSeq
        }
        return rows
    }

    @Test("Pages of any size list every row once, in order", arguments: [1, 2, 3, 50, 182, 183, 184, 1000])
    func pages(limit: Int) {
        for order in SimulatorConfiguration.HistoryOrder.allCases {
            var model = model(order)
            let rows = walk(&model, .init(requestTime: noon - 1_000_000, limit: limit))
            #expect(rows.count == 137 + 46)
            #expect(Set(rows.map { "\($0.message.msgKey)/\($0.channel)" }).count == rows.count)
            let times = rows.map(\.message.acceptedAt)
            #expect((times == times.sorted()) == (order == .ascending))
            #expect((times == times.sorted(by: >)) == (order == .descending))
        }
    }

    @Test("A message sent between two pages is neither lost nor doubled when pages go up")
    func growing() {
        var model = model(.ascending, count: 10)
        var query = ProviderModel.HistoryQuery(requestTime: noon - 1_000_000, limit: 4)
        var page = model.history(query, now: noon)
        var rows = page.rows
        model.load([.message("new0", .alimtalk("10000"))])
        while page.hasNext {
            query.lastSeq = page.lastSeq
            page = model.history(query, now: noon)
            rows += page.rows
        }
        #expect(rows.count == 15)
        #expect(rows.last?.message.msgKey == "new0")
    }

    @Test("The three readings of requestTime select what they say")
    func readings() {
        let hour: Int64 = 3_600_000
        let times = [-30, -12, -11, -1, 0, 1, 2, 12, 13].map { noon + $0 * hour }
        var model = ProviderModel()
        model.load(times.map { .message("key\($0)000", .alimtalk("10000", at: $0, startsAt: $0), at: $0) })
        let expected: [SimulatorConfiguration.RequestTimeReading: [Int64]] = [
            .since: [0, 1, 2, 12, 13], .day: [-11, -1, 0, 1, 2, 12], .around: [-1, 0, 1],
        ]
        for (reading, hours) in expected {
            model.configuration.requestTimeReading = reading
            let rows = walk(&model, .init(requestTime: noon, limit: 2), now: noon + 24 * hour)
            #expect(rows.map(\.message.acceptedAt) == hours.map { noon + $0 * hour }, "\(reading)")
        }
    }

    @Test("Filters apply to rows, and strange cursors end the walk")
    func filters() {
        var model = model(.ascending)
        let sms = walk(&model, .init(requestTime: 0, serviceTypes: ["SMS"], limit: 7))
        #expect(sms.count == 46)
        let nobody = walk(&model, .init(requestTime: 0, groupKey: "nobody", limit: 7))
        #expect(nobody.isEmpty)
        for cursor in [-1, 0, 5, Int64.max] {
            let page = model.history(.init(requestTime: 0, lastSeq: cursor), now: noon)
            #expect(page.rows.isEmpty)
        }
    }

    @Test("Shuffled, the channels of a message are pages apart, the order stays, and what came in is in it")
    func shuffled() {
        var model = model(.shuffled)
        let query = ProviderModel.HistoryQuery(requestTime: 0, limit: 10)
        let rows = walk(&model, query)
        var pages: [String: [Int]] = [:]
        for (index, row) in rows.enumerated() { pages[row.message.msgKey, default: []].append(index / 10) }
        #expect(pages.values.allSatisfy { $0.count == 1 || abs($0[0] - $0[1]) > 1 })
        #expect(walk(&model, query) == rows)
        #expect(walk(&model, .init(requestTime: 0, serviceTypes: ["SMS"], limit: 10)).count == 46)
        model.load([.message("new0", .alimtalk("10000"))])
        #expect(walk(&model, query).count == rows.count + 1)
    }

    @Test("A share of the messages is missing, with all channels, and always the same ones")
    func missing() {
        for order in SimulatorConfiguration.HistoryOrder.allCases {
            var model = model(order, count: 1000)
            model.configuration.historyMissingShare = 0.25
            let rows = walk(&model, .init(requestTime: 0, limit: 100))
            let listed = Set(rows.map(\.message.msgKey))
            #expect((700...800).contains(listed.count))
            #expect(rows.count == model.plans.filter { listed.contains($0.msgKey) }.map(\.channels.count).reduce(0, +))
            // zlib.crc32(b"key1000") / 2**32 is 0.18, of key1001 0.35.
            #expect(!listed.contains("key1000"))
            #expect(listed.contains("key1001"))
            #expect(!model.statuses(msgKey: "key1000", now: noon).isEmpty, "only pages of the history leave it out")
            model.configuration.historyMissingShare = 1
            #expect(walk(&model, .init(requestTime: 0)).isEmpty)
        }
    }

    @Test("Of a share of the messages the channel that delivered is hidden, always of the same ones")
    func hidden() {
        for order in SimulatorConfiguration.HistoryOrder.allCases {
            var model = model(order, count: 1000)
            model.configuration.historyHiddenShare = 0.25
            let rows = walk(&model, .init(requestTime: 0, limit: 100))
            let all = model.plans.map(\.channels.count).reduce(0, +)
            #expect((60...110).contains(all - rows.count), "a quarter of 334")
            #expect(Set(rows.map(\.message.msgKey)).count == 1000, "something is said of each")
            let listed = Set(rows.filter { $0.plan.reportCode == "10000" }.map(\.message.msgKey))
            // zlib.crc32(b"hidden/key1000") / 2**32 is 0.12, of key1003 0.52.
            #expect(!listed.contains("key1000"))
            #expect(listed.contains("key1003"))
            #expect(model.statuses(msgKey: "key1000", now: noon).count == 2, "only pages of the history hide it")
        }
    }

    @Test("A message older than thirty days is not in it")
    func window() {
        var model = model(.descending, count: 5)
        let rows = walk(&model, .init(requestTime: 0), now: noon + 31 * 86_400_000)
        #expect(rows.isEmpty)
    }
}
