package import Engine
package import Reconciliation

extension AlertLanguage {
    /// What sinks are told of an alert that fires, where there is room for all of it: what happened and what it means,
    /// and what to do first.
    /// - Parameter zone: of the times in it.
    package func meaning(of alert: Alert, in zone: Zone) -> (what: String, first: String) {
        let wording = wording(zone)
        let text = wording.firing(alert, most: 5)
        guard let mark = text.ranges(of: wording.whatToDo).last else { return (text, "") }
        return (String(text[..<mark.lowerBound]), String(text[mark.lowerBound...]))
    }
}
