/**
 * What columns are called in the files of banks, plants and spreadsheets, in seven languages: which names suggest a label, an
 * outcome, a key, a time, an amount or personal data. A name is a hint, never a proof: shapes of values decide beside it.
 */

/** Lower case, accents away, words apart: `isFraud` → `is fraud`, `Kontonr.` → `kontonr`, `alert_outcome` → `alert outcome`. */
export function wordsOf(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/ß/g, 'ss')
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

type Words = (name: string) => boolean;

function matcher(...patterns: readonly RegExp[]): Words {
  return (name) => {
    const words = wordsOf(name);
    return patterns.some((pattern) => pattern.test(words));
  };
}

/** What a model is to find, by its plain name. */
export const namesWrong = matcher(
  /^(label|target|class|y|ground truth|tag|klasse|etichetta|etiqueta|etiquette|rotulo|zielvariable|cible|objetivo)$/,
  /(^| )(label|kennzeichnung)$/,
  /fraud|betrug|fraude|frode|launder|geldwasche|blanchiment|blanqueo|lavado|riciclaggio|lavagem|witwas/,
  /suspic|suspect|verdacht|verdachtig|sospech|soupcon|sospett|suspeit/,
  /breach|violation|verstoss|infraction|infraccion|violazione|infracao|violacao|overtreding|schending|non ?complian/,
  /deviation|deviat|abweichung|ecart|desviacion|deviazione|scostamento|desvio|afwijking|non ?conform|out of spec|(^| )oos$/,
  /anomal|outlier|ausreisser|aberrant|atipic|auffallig/,
  /(^| )(default|defaulted|bad|delinquen\w*|impag\w*|ausfall|defaut|insolven\w*|inadimpl\w*|wanbetaling|charged off)( |$)/,
  /(^| )(is )?(sar|str|ml|aml|illicit|criminal|abuse|abusive|fake|malicious|risky|churn|failed|failure)( flag)?$/,
);
/** What came of it: a label where nothing plainer is there, and never an input. */
export const namesOutcome = matcher(
  /outcome|disposition|verdict|ergebnis der|resultat|(^| )(result|resultado|risultato|resultaat|esito|issue) (of|de|der|da|van|dell?)|investigation|untersuchung|enquete|investigacion|indagine|investigacao|onderzoek/,
  /(^| )(alert|case|review|investigation|audit|dispute|claim|loan|sar|str|qa) (outcome|status|result|decision|resolution|closed|state|stage)/,
  /charge ?back|ruckbuchung|ruckgabe|contestation|retrocesso|dispute|refunded|recovered|write ?off|written off/,
  /(^| )(sar|str|aml|fiu|ctr) ?(filed|reported|submitted|id|ref|number|date)?( |$)/,
  /flagged|alerted|reviewed|reviewer|gepruft|beurteilung|approved by|rejected by|closed (at|on|date|by)|resolved|resolution|root cause|capa( |$)|corrective/,
  /(^| )(fraud|laundering|alert|suspicion|deviation|breach|anomaly|violation|default|typology|fraude|betrugs?)s? ?(type|kind|class|category|reason|code|score|rating|typology|art|grund|pattern|scenario)/,
  /(^| )(typology|confirmed|true positive|false positive|decision|predicted|prediction|model score|risk score|risk rating|alert score)( |$)/,
  /(^| )(final|loan|claim|alert|case|review|prufungs?|bearbeitungs?) ?status$/,
);
/** A machine's or an earlier stage's own finding, which a plainer label beside it is not. */
export const namesFinding = matcher(/flagged|system|auto|predict|score|rule|alerted|model/);
export const namesFlag = matcher(
  /(^| )(flag|flagged|kennzeichen|markiert|indicateur|indicador|vlag)( |$)/,
  /^(is|has|ist|hat|est|es) /,
);

const ID =
  /(^| )(id|key|uid|uuid|guid|no|nr|num|number|nummer|numero|ref|reference|referenz|referencia|riferimento|code|kennung|kennziffer|schlussel|belegnr|belegnummer|belegnr|vorgang|volgnummer|lfd|lfdnr|identifiant|identificador|identificativo|folio|nif)$/;
export const namesKey = matcher(
  ID,
  /(id|nr|nummer|number|key|ref)$/,
  /^(id|nr|no|tx|txn|ref|ref no|lfd nr|pos)( |$)/,
);

/** Whose past a record is measured against: the first group that a column falls into is the likeliest. */
const OWNERS: readonly RegExp[] = [
  /account|acct|^acc( |$)|konto|compte|cuenta|conto( |$)|conta( |$)|rekening|iban|wallet/,
  /customer|client|kunde|cliente|klant|holder|inhaber|titular|debitor|kreditor|member|mitglied|subscriber|user$|^user|usuario|utente|utilisateur|gebruiker|benutzer|versicherter|policy/,
  /(^| )(card|karte|carte|carta|tarjeta|cartao|kaart|pan)( |$)|kartennummer|cardnumber/,
  /batch|charge$|chargen|(^| )lot( |$)|lote|lotto|partij|process|prozess|processo|proceso|workflow|order id|auftrag|equipment|machine|maschine|anlage|device|gerat|sensor|instrument|patient|subject|proband|paziente|paciente/,
  /sender|orig$|origin|originator|payer|(^| )from( |$)|source|absender|auftraggeber|emetteur|remitente|mittente|remetente|ordenante/,
  /employee|mitarbeiter|personal|staff|salarie|empleado|dipendente|funcionario|werknemer|operator|analyst|bediener|operateur|operador|operatore|agent|trader|lieferant|vendor|supplier|fournisseur|proveedor|fornitore|fornecedor|leverancier|merchant|handler|handelaar|company|firma/,
  /counterpart|beneficiary|recipient|receiver|receivr|payee|empfanger|begunstigter|gegenpartei|gegenkonto|dest$|destination|destinataire|beneficiaire|beneficiario|destinatario|contraparte|controparte|ontvanger|begunstigde|tegenpartij|tegenrekening|zahlungsempfanger|zahlungspflichtiger|(^| )to( |$)/,
];
/** The other side of a payment: sees the record, but is not whose it is. */
const namesOther = matcher(OWNERS[6]!, /^gegen|^dest|^tegen/);
/** Position among the groups of owners; null: none. */
export function ownerRank(name: string): number | null {
  const words = wordsOf(name);
  // What an owner has is not the owner: the balance, country or type of an account.
  if (
    /balance|saldo|country|land$|location|type|typ$|art$|status|currency|wahrung|date|datum|opened|city|segment|age( |$)|group|amount|bank$|name type|score|risk|bic|code postal|zip/.test(
      words,
    )
  )
    return null;
  if (namesOther(name)) return 6;
  const rank = OWNERS.findIndex((pattern) => pattern.test(words));
  return rank < 0 ? null : rank;
}

export const namesTime = matcher(
  /time|date|datum|zeit|uhrzeit|^(at|when|ts|day|tag|jour|dia|giorno|dag|data|hora|ora|heure|fecha)( |$)|timestamp|stamp|fecha|momento|buchungstag|valuta|wertstellung|tijd|tijdstip|horodatage|booked|posted|created|occurred|erfasst| (at|on)$|posting|(^| )step$|^(time ?step|tick|period|periode)$/,
);
/** When it happened, rather than when it was due, opened or valued. */
export const namesSideTime = matcher(
  /valuta|wertstellung|value date|due|fallig|birth|geburt|naissance|nacimiento|nascita|nascimento|geboorte|opened|open date|expir|ablauf|valid|updated|modified|geandert|closed|settle|effective|start of|end date|maturity|clearing|document date|belegdatum/,
);
export const namesCounter = matcher(
  /^(time|step|t|time ?step|tick|period|seconds?|elapsed|sekunden?|schritt|tag|day|hour|periode|epoch|index time|frame)$/,
);
export const namesAmount = matcher(
  /amount|(^| )amt( |$)|value|betrag|(^| )wert( |$)|umsatz|summe|montant|valeur|somme|importe|valor|monto|importo|quantia|montante|bedrag|waarde|price|preis|prix|precio|prezzo|preco|total|cost|kosten|(^| )(soll|haben|debit|credit|debe|haber|dare|avere|debito|credito)( |$)|payment$|sales|volume|charge amount|principal/,
);
export const namesPersonal = matcher(
  /(first|last|sur|full|given|family|middle|customer|client|holder|patient|employee|payee|recipient|beneficiary|sender|receiver|person|cardholder|counterparty|user|owner|contact) ?names?$/,
  /^(name|surname|forename|vorname|nachname|familienname|kundenname|prenom|nom|nom complet|nombre|apellidos?|nome|cognome|sobrenome|naam|voornaam|achternaam|empfanger|auftraggeber|zahlungsempfanger|payee|begunstigter|beneficiaire|beneficiario|destinatario|verwendungszweck|narrative|memo|communication|concepto|causale)$/,
  /e ?mail|phone|telefon|telephone|mobile|handy|movil|cellulare|telemovel|address|adresse|strasse|direccion|indirizzo|endereco|adres( |$)|birth|geburt|naissance|nacimiento|nascita|nascimento|geboorte|(^| )dob$|(^| )(ssn|passport|pass nr|national id|tax id|steuer id|steuernummer|nif|cpf|bsn|dni|codice fiscale|iban)( |$)|ip ?address|^ip$|latitude|longitude|(^| )(lat|long|lon|gender|sex|geschlecht|religion|ethnic\w*)$/,
);
/** Numbers that name something: more is not more. */
export const namesCode = matcher(
  /(^| )(zip|plz|postal|postcode|postleitzahl|mcc|code|kod|kode|codigo|codice|bic|bank|blz|branch|filiale|bin|sic|naics|phone|year|jahr|annee|month|monat|row|index|seq|sequence|line|zeile|unnamed|version|unnamed 0)( |$)/,
  ID,
);
