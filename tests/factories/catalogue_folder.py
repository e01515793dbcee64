"""A tiny catalogue folder: one market, one model, two trims, five options, a few cars; imports in milliseconds.

`files()` gives its texts by name, so that a test changes one line and writes the folder with `write`.
"""

from __future__ import annotations

from pathlib import Path

from catalog.domain.vin import check_digit

FILES = {
    "brand.yaml": """\
code: pony
name: {zh-hans: '小马', en: 'Pony'}
legal_name: {zh-hans: '小马汽车', en: 'Pony Cars'}
colours: {ink: '#101010'}
wmi: L0S
models: [colt]
""",
    "markets.yaml": """\
markets:
  - code: CN
    name: {zh-hans: '中国大陆', en: 'Mainland China'}
    currency: CNY
    languages: [zh-hans, en]
    steering: left
    timezone: Asia/Shanghai
    vat: {rate: 0.13, included: true}
    mandatory: [compulsory-insurance]
    delivery_fee: {amount: 0.00, text: {zh-hans: '含运费', en: 'Transport included'}}
""",
    "price_books.csv": """\
code,market,currency,tax_rate,tax_included,valid_from,based_on,note
cn-1,CN,CNY,0.13,yes,2026-09-01T00:00:00+08:00,,First
cn-2,CN,CNY,0.13,yes,2027-01-01T00:00:00+08:00,cn-1,Changes
""",
    "places.yaml": """\
places:
  - {code: xm, market: CN, kind: store, city: {zh-hans: '厦门', en: 'Xiamen'}, name: {zh-hans: '店', en: 'Store'}, address: {zh-hans: '路 1 号', en: '1 Road'}, lat: 24.5, lon: 118.1, hours: {mon-fri: '09:00-18:00'}}
""",
    "deposits.yaml": """\
policies:
  - code: cn-standard
    market: CN
    valid_from: 2026-09-01
    amounts: {colt: 1000.00}
    stages:
      - {code: reserved, kind: dingjin-refundable, from: order-placed, until: order-locked, refundable_share: 1.00, seller_breach_factor: 1, text: {zh-hans: '可退', en: 'Refundable'}}
      - {code: locked, kind: dingjin-legal, from: order-locked, until: handover, refundable_share: 0.00, seller_breach_factor: 2, text: {zh-hans: '不退', en: 'Kept'}}
""",
    "order-policies.yaml": """\
policies:
  - code: cn-orders
    market: CN
    valid_from: 2026-09-01
    locking: {remind_after_days: 5, automatic_after_days: 2}
    changes:
      - {states: [reserved, locked], kinds: [build, extras], fee: 50.00}
      - {states: [in_production], kinds: [delivery]}
    delay: {free_days: 7, per_day: 100.00, at_most: 2300.00, rescind_after_days: 30, text: {zh-hans: '补偿', en: 'Paid'}}
    priority: {fee: 2000.00, days_earlier: 14, capacity: 5, text: {zh-hans: '优先', en: 'Sooner'}}
    slots: {minutes: 90, opens: '09:30', closes: '18:30', weekdays: [1, 6], cars: 2, notice_days: 1, ahead_days: 21, change_hours: 24}
    home: {fee: 600.00, cars: 3, text: {zh-hans: '送车', en: 'Brought'}}
""",
    "payment-methods.yaml": """\
methods:
  - {code: cn-card, market: CN, method: card, valid_from: 2026-09-01, purposes: [deposit], smallest: 4.00, largest: 9000.00, refund_days: 365, name: {zh-hans: '银行卡', en: 'Card'}, text: {zh-hans: '卡', en: 'Any'}}
  - {code: cn-transfer, market: CN, method: bank_transfer, valid_from: 2026-09-01, purposes: [balance], wait_days: {balance: 14}, name: {zh-hans: '转账', en: 'Transfer'}, text: {zh-hans: '转账', en: 'Any sum'}, account: {holder: Pony, number: '5929000100', bank: Bank}}
""",
    "finance.yaml": """\
lenders:
  - {code: bank, market: CN, name: {zh-hans: '银行', en: 'Bank'}, finances_kinds: [car], refuses_kinds: [insurance]}
products:
  - {code: bank-36, lender: bank, months: 36, annual_rate: 0.0299, min_down_share: 0.20, min_amount: 20000.00, max_amount: 500000.00, balloon_share: 0.0, fee: 0.00, approval_valid_days: 30, amount_tolerance: 0.05, models: [colt], name: {zh-hans: '36 期', en: '36 months'}}
""",
    "insurance.yaml": """\
insurers:
  - {code: sure, market: CN, name: {zh-hans: '保险', en: 'Sure'}}
products:
  - {code: compulsory, insurer: sure, market: CN, kind: compulsory, gate: handover, name: {zh-hans: '交强险', en: 'Compulsory'}}
""",
    "insurance_premiums.csv": """\
product,model,seats,period,driver_age,no_claims_class,fixed_premium,share_of_car_price
compulsory,colt,lt6,first-year,any,any,950.00,0
""",
    "services.yaml": """\
services:
  - {code: care, kind: service_plan, markets: [CN], years: 3, km: 60000, prices: {CN: 1980.00}, name: {zh-hans: '保养', en: 'Care'}}
""",
    "incentives.yaml": """\
incentives:
  - code: trade-in
    kind: price_bonus
    market: CN
    models: {colt: 3000.00}
    from: 2026-09-01
    until: 2027-01-01
    stack: true
    name: {zh-hans: '置换', en: 'Trade-in'}
""",
    "law.yaml": """\
law:
  - {market: CN, key: tax.vat.rate, value: 0.13, from: 2026-01-01, by: invoice_date, confidence: statute, source: VAT law}
  - market: CN
    key: tax.purchase.relief
    applies_to: nev
    value: {share: 0.5, cap: 15000.00}
    from: 2026-01-01
    until: 2028-01-01
    by: invoice_date
    confidence: secondary
    source: announcement 10/2023
""",
    "models/colt/model.yaml": """\
code: colt
name: {zh-hans: '小马 驹', en: 'Pony Colt'}
segment: city
body: {zh-hans: '两厢', en: 'hatchback'}
line: {zh-hans: '轻快', en: 'Light'}
model_years:
  - {code: my2027, label: {zh-hans: '2027 款', en: 'Model year 2027'}, on_sale_from: 2026-09-01}
steering: left
vin: {model_letter: C}
dimensions_mm: {length: 3980, width: 1760, height: 1575, wheelbase: 2650}
trims:
  - {code: base, name: {zh-hans: '基础版', en: 'Base'}, vin_digit: 1, specs: {seats: 5, boot_l: 310.5}}
  - {code: high, name: {zh-hans: '高配版', en: 'High'}, vin_digit: 2, specs: {seats: 5}}
""",
    "models/colt/options.yaml": """\
groups:
  - {code: paint, name: {zh-hans: '颜色', en: 'Paint'}, choose: one}
  - {code: extras, name: {zh-hans: '选装', en: 'Extras'}, choose: any}
options:
  - {code: red, group: paint, name: {zh-hans: '红', en: 'Red'}, swatch: {hex: '#AA0000', finish: solid}}
  - {code: blue, group: paint, name: {zh-hans: '蓝', en: 'Blue'}}
  - {code: hook, group: extras, name: {zh-hans: '钩', en: 'Hook'}}
  - {code: rack, group: extras, name: {zh-hans: '架', en: 'Rack'}}
  - {code: trip, group: extras, name: {zh-hans: '旅行套餐', en: 'Trip package'}, contains: [hook, rack]}
""",
    "models/colt/availability.csv": """\
market,option,base,high
CN,red,S,S
CN,blue,O,O
CN,hook,O,O
CN,rack,O,O
CN,trip,N,O
""",
    "models/colt/rules.yaml": """\
rules:
  - {code: r1, kind: requires, if: rack, then: hook, text: {zh-hans: '架要钩', en: 'A rack hangs on the hook.'}}
  - {code: r2, kind: excludes, if: 'blue and trim:base', not: [rack], until: 2027-03-01, text: {zh-hans: '蓝不配架', en: 'No rack on blue before March.'}}
  - {code: r3, kind: lead, if: rack, add_days: 5, text: {zh-hans: '多等五天', en: 'Five days more.'}}
""",
    "models/colt/prices.csv": """\
price_book,kind,code,trim,when,amount,note
cn-1,trim,base,base,,60000.00,
cn-1,trim,high,high,,80000.00,
cn-1,option,blue,*,,1000.00,
cn-1,option,hook,*,,500.00,
cn-1,option,rack,*,,900.00,
cn-1,option,rack,*,blue,700.00,Cheaper on blue
cn-1,package,trip,high,,1200.00,
cn-2,trim,base,base,,61000.00,Up
""",
    "models/colt/lead_times.csv": """\
market,kind,code,days
*,option,rack,7
CN,trim,base,21
CN,trim,high,28
""",
    "models/colt/reference_cars.yaml": """\
reference_cars:
  - {code: ref-1, market: CN, trim: base, date: 2026-11-22, choices: [hook, rack], expect: valid, price_book: cn-1, total: 61400.00}
  - {code: ref-2, market: CN, trim: base, date: 2026-11-22, choices: [blue, hook, rack], expect: invalid, violates: [r2]}
""",
}
CARS = (
    ("1", "base", "hook", "60500.00"),
    ("2", "high", "blue hook rack", "82200.00"),
    ("2", "high", "trip", "81200.00"),
)


def vin(serial: int, digit: str) -> str:
    """A valid VIN of the tiny model."""
    blank = f"L0SC{digit}1CA0VX{serial:06d}"
    return blank[:8] + check_digit(blank) + blank[9:]


def stock(count: int = 3) -> str:
    """`stock.csv` with that many cars."""
    head = (
        "vin,market,model,model_year,trim,choices,place,status,mileage_km,built_on,available_on,"
        "list_price,price,currency\n"
    )
    lines = []
    for serial in range(1, count + 1):
        digit, trim, choices, price = CARS[serial % len(CARS)]
        lines.append(
            f"{vin(serial, digit)},CN,colt,my2027,{trim},{choices},xm,in_stock,0,2026-10-01,2026-11-23,"
            f"{price},{price},CNY\n"
        )
    return head + "".join(lines)


def files(*, cars: int = 3) -> dict[str, str]:
    """The folder's files by name; change what the test is about."""
    return {**FILES, "stock.csv": stock(cars)}


def changed(file: str, old: str, new: str, *, cars: int = 3) -> dict[str, str]:
    """The folder with the first `old` of one file replaced; AssertionError when it is not there."""
    found = files(cars=cars)
    assert old in found[file], f"{old!r} is not in {file}"
    found[file] = found[file].replace(old, new, 1)
    return found


def write(directory: Path, contents: dict[str, str]) -> Path:
    """Writes the files under `directory`."""
    for name, text in contents.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory
