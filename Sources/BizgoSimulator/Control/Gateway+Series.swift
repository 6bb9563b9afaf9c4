// Messages by the million.
extension Gateway {
    /// `{"sends":2000,"recipients":50,"from":ms|"ISO 8601","until":…,"prefix":"GEN","outcomes":["delivered",…],
    /// "flow":["alimtalk","sms"]}`; only the first four are required. ``MessageSeries`` says which messages that makes:
    /// keys, times and outcomes can be computed by the caller. Known keys are replaced.
    mutating func generate(_ request: HTTPRequest) -> HTTPResponse {
        guard let json = JSONParser.parse(request.body), json.object != nil else {
            return Self.refuse("expected an object")
        }
        do throws(SimulatorError) {
            let series = try Self.series(json)
            for send in 0..<series.sends { model.load(series.messages(send: send, configuration.planner)) }
            return Self.ok { $0.field("loaded", series.count) }
        } catch {
            return Self.refuse(error.description)
        }
    }

    private static func series(_ json: JSONValue) throws(SimulatorError) -> MessageSeries {
        guard let sends = json["sends"]?.integer, (1...999_999_999).contains(sends) else {
            throw SimulatorError("sends: expected 1 or more")
        }
        guard let recipients = json["recipients"]?.integer, (1...999).contains(recipients) else {
            throw SimulatorError("recipients: expected 1 to 999")
        }
        guard let from = try time(json, "from"), let until = try time(json, "until"), from <= until else {
            throw SimulatorError("from and until: expected two times in order")
        }
        guard sends * recipients <= MessageSeries.maximumCount else {
            throw SimulatorError("sends × recipients: at most \(MessageSeries.maximumCount)")
        }
        var series = MessageSeries(sends: Int(sends), recipients: Int(recipients), from: from, until: until)
        series.prefix = json["prefix"]?.string ?? series.prefix
        series.flow = try flow(json) ?? series.flow
        if let names = json["outcomes"]?.array {
            let outcomes = names.compactMap { $0.string.flatMap(PlannedOutcome.init) }
            guard !outcomes.isEmpty, outcomes.count == names.count else {
                throw SimulatorError("outcomes names an unknown outcome, or none")
            }
            series.outcomes = outcomes
        }
        return series
    }
}
