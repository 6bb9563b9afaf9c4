package import Engine
package import Reconciliation

extension AlertLanguage {
    /// What sinks are told of an alert that fires, where there is room for all of it: what happened, what it means,
    /// what to do first.
    package func meaning(of alert: Alert) -> String {
        wording.firing(alert, most: 5)
    }
}
