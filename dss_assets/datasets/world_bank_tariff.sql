-- What a country charges on the goods of another, year by year, where few countries report it for every partner and
-- year: the steps by which the tariffs that are reported become an assumed tariff for every pair of countries.
--
-- A product is of the Harmonised System, a country a number of UN Comtrade. 0 is the world, 918 the European Union.
-- Where one key has several values, each of them counts once in a mean. All means are taken before they are rounded.

-- part: units
SELECT DISTINCT product FROM {tariff} WHERE year >= 2000

-- part: listed
-- The countries that are wanted, as ISO code and number: 182, of which each number is that of World Bank's own files.
SELECT split_part(pair, ' ', 1) AS iso3, split_part(pair, ' ', 2)::integer AS country
FROM regexp_split_to_table(
    'ABW 533, AFG 4, AGO 24, ALB 8, ARE 784, ARG 32, ARM 51, ATG 28, AUS 36, AUT 40, AZE 31, BDI 108, BEL 56, BEN 204, '
    'BFA 854, BGD 50, BGR 100, BHR 48, BHS 44, BIH 70, BLR 112, BLZ 84, BOL 68, BRA 76, BRB 52, BRN 96, BTN 64, '
    'CAF 140, CAN 124, CHE 756, CHL 152, CHN 156, CIV 384, CMR 120, COD 180, COG 178, COL 170, COM 174, CPV 132, '
    'CRI 188, CYP 196, CZE 203, DEU 276, DJI 262, DMA 212, DNK 208, DOM 214, DZA 12, ECU 218, EGY 818, ERI 232, '
    'ESP 724, EST 233, ETH 231, FIN 246, FJI 242, FRA 250, FSM 583, GAB 266, GBR 826, GEO 268, GHA 288, GIN 324, '
    'GMB 270, GNB 624, GNQ 226, GRC 300, GRD 308, GTM 320, GUY 328, HKG 344, HND 340, HRV 191, HTI 332, HUN 348, '
    'IDN 360, IND 356, IRL 372, IRN 364, IRQ 368, ISL 352, ISR 376, ITA 380, JAM 388, JOR 400, JPN 392, KAZ 398, '
    'KEN 404, KGZ 417, KHM 116, KIR 296, KNA 659, KOR 410, KWT 414, LAO 418, LBN 422, LBR 430, LBY 434, LCA 662, '
    'LKA 144, LTU 440, LVA 428, MAC 446, MAR 504, MDA 498, MDG 450, MDV 462, MEX 484, MHL 584, MKD 807, MLI 466, '
    'MLT 470, MMR 104, MNG 496, MOZ 508, MRT 478, MUS 480, MWI 454, MYS 458, NER 562, NGA 566, NIC 558, NLD 528, '
    'NOR 578, NPL 524, NRU 520, NZL 554, OMN 512, PAK 586, PAN 591, PER 604, PHL 608, PLW 585, PNG 598, POL 616, '
    'PRT 620, PRY 600, QAT 634, ROU 642, RUS 643, RWA 646, SAU 682, SDN 729, SEN 686, SGP 702, SLB 90, SLE 694, '
    'SLV 222, SMR 674, SOM 706, STP 678, SUR 740, SVK 703, SVN 705, SWE 752, SYC 690, TCD 148, TGO 768, THA 764, '
    'TJK 762, TKM 795, TON 776, TTO 780, TUN 788, TUR 792, TUV 798, TWN 490, TZA 834, UGA 800, UKR 804, URY 858, '
    'USA 840, UZB 860, VCT 670, VEN 862, VNM 704, VUT 548, WSM 882, YEM 887, ZAF 710, ZMB 894, ZWE 716', ', '
) AS pair

-- part: countries
-- Those of them that Comtrade knows by the same number. Its own codes for India, France and Italy, and those of former
-- and wider territories, are not of the countries as the World Bank has them.
SELECT iso3, country FROM listed
INTERSECT
SELECT
    CASE iso3_digit_alpha WHEN 'INDXSIK' THEN 'IND' WHEN 'FRAXM' THEN 'FRA' WHEN 'ITAF' THEN 'ITA'
        ELSE iso3_digit_alpha END,
    cty_code
FROM {codes}
WHERE iso3_digit_alpha NOT IN (
    'IND', 'FRA', 'ITA', 'ANTABW', 'BELLUX', 'CHELIE', 'DEUF', 'ETHF', 'KNAXA', 'NORF', 'PAKF', 'PANF', 'USAF', 'USAV',
    'VNMF', 'YEMF', 'ZAFF'
)

-- part: members
-- The members of the European Union in each year.
SELECT DISTINCT listed.country, year
FROM {membership} JOIN listed USING (iso3)
WHERE tariff_code = 'EUN' AND year BETWEEN 2000 AND 2018

-- part: reported
-- Sudan has another number since 2011, under which both of its partners' reports come; Ethiopia reported it twice.
SELECT DISTINCT
    product, year, duty_type, simple_average AS rate,
    CASE reporter WHEN 736 THEN 729 ELSE reporter END AS reporter,
    CASE partner WHEN 736 THEN 729 ELSE partner END AS partner
FROM {tariff}
WHERE product = ANY ({units}) AND year BETWEEN 2000 AND 2018 AND duty_type IN ('AHS', 'MFN')
AND simple_average IS NOT NULL AND (reporter, partner) IS DISTINCT FROM (231, 729)

-- part: applied
-- The rates that a country, or the Union, says it applies to a partner.
SELECT product, year, reporter, partner, sum(rate) AS total, count(*) AS number, round(avg(rate), 3) AS app_rate
FROM reported
WHERE duty_type = 'AHS' AND reporter <> partner AND partner IN (SELECT country FROM countries)
AND (reporter = 918 OR reporter IN (SELECT country FROM countries))
GROUP BY product, year, reporter, partner

-- part: favoured
-- The rates for the most favoured nation, which a country reports for the world, and applies to all others.
SELECT product, year, reporter AS country, sum(rate) AS total, count(*) AS number, round(avg(rate), 3) AS mfn_rate
FROM reported
WHERE duty_type = 'MFN' AND partner = 0 AND reporter IN (SELECT country FROM countries)
GROUP BY product, year, reporter

-- part: world
-- Each country has equally many partners, so that the mean over all pairs is that over the reporters.
SELECT product, year, round(sum(total) / sum(number), 3) AS world_average FROM favoured GROUP BY product, year

-- part: to_members
-- The mean rate that a country applies to members of the Union.
SELECT product, year, reporter AS country, round(sum(total) / sum(number), 3) AS eu_part_rate
FROM applied JOIN (SELECT year, country AS partner FROM members) AS of_the_union USING (year, partner)
WHERE reporter <> 918
GROUP BY product, year, reporter

-- part: spine
SELECT product, year, country
FROM unnest({units}) AS product, generate_series(2000, 2018) AS year, countries

-- part: reporters
-- What is known of a country as reporter, whoever the partner is. The newest rate until a year fills the years in which
-- none is reported: of (year, rate) so far, the greatest.
SELECT
    product, year, country AS reporter, members.country IS NOT NULL AS is_member,
    mfn_rate, world_average, eu_part_rate, round(bound_rate, 3) AS bnd_rate,
    coalesce(
        (max(ARRAY[year, mfn_rate]) FILTER (WHERE mfn_rate IS NOT NULL)
            OVER (PARTITION BY product, country ORDER BY year))[2],
        world_average
    ) AS otherwise
FROM spine
LEFT JOIN members USING (year, country)
LEFT JOIN favoured USING (product, year, country)
LEFT JOIN world USING (product, year)
LEFT JOIN to_members USING (product, year, country)
LEFT JOIN (SELECT product, reporter AS country, bound_rate FROM {bound_rates}) AS bound USING (product, country)

-- part: partners
-- What is known of a country as partner: a rate that the Union reports is each member's.
SELECT product, year, country AS partner, members.country IS NOT NULL AS is_member, app_rate AS eu_rep_rate
FROM spine
LEFT JOIN members USING (year, country)
LEFT JOIN (SELECT product, year, partner AS country, app_rate FROM applied WHERE reporter = 918) AS reported_by_the_union
    USING (product, year, country)

-- part: rows
-- The pair of a product as one number (a country has three digits at most), since most of the time goes into sorting:
-- by one number it takes half as long as by three.
WITH pairs AS (
    SELECT
        (product::bigint * 1000 + reporter) * 1000 + partner AS pair,
        product, reporter, partner, year, applied.app_rate, mfn_rate, bnd_rate,
        CASE WHEN reporters.is_member THEN eu_rep_rate END AS eu_rep_rate,
        CASE WHEN partners.is_member THEN eu_part_rate END AS eu_part_rate,
        CASE WHEN reporters.is_member AND partners.is_member THEN 0.000 END AS eu_eu_rate,
        world_average, otherwise,
        coalesce(
            applied.app_rate,
            CASE WHEN reporters.is_member THEN eu_rep_rate END,
            CASE WHEN partners.is_member THEN eu_part_rate END
        ) AS ahs_rate
    FROM reporters
    JOIN partners USING (product, year)
    LEFT JOIN applied USING (product, year, reporter, partner)
    WHERE reporter <> partner
)
SELECT
    product, reporter, partner, year,
    coalesce(
        eu_eu_rate,
        (max(ARRAY[year, ahs_rate]) FILTER (WHERE ahs_rate IS NOT NULL) OVER so_far)[2],
        otherwise
    ) AS assumed_tariff,
    app_rate, mfn_rate, bnd_rate, eu_rep_rate, eu_part_rate, eu_eu_rate, world_average
FROM pairs
WINDOW so_far AS (PARTITION BY pair ORDER BY year ROWS UNBOUNDED PRECEDING)
ORDER BY pair, year
