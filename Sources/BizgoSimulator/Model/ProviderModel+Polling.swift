extension ProviderModel {
    /// The batch to hand out; nil where no report is waiting.
    mutating func poll(now: Int64) -> (reportId: String, reports: [ReportView])? {
        _ = takeMatured(now: now)
        let oldest = now - configuration.pollingMilliseconds
        guard let batch = polling.next(limit: configuration.pollingBatch, oldest: oldest) else { return nil }
        let reports = batch.reports.filter { messages[$0.message].channels.indices.contains($0.channel) }
        return (batch.reportId, reports.map { ReportView(message: messages[$0.message], channel: $0.channel) })
    }

    /// Acknowledges a batch; false where the id is not the one that is out.
    mutating func acknowledge(reportId: String) -> Bool {
        polling.acknowledge(reportId)
    }
}
