Attribute VB_Name = "xlsmkt_functions"
Option Explicit

' The functions of xlsmkt, as cells call them. Made from the catalogue: do not edit.

Public Const CELL_ERRORS As String = "#NULL!=2000 #DIV/0!=2007 #VALUE!=2015 #REF!=2023 #NAME?=2029 #NUM!=2036 #N/A=2042 #GETTING_DATA=2043 #SPILL!=2045 #CONNECT!=2046 #BLOCKED!=2047 #UNKNOWN!=2048 #FIELD!=2049 #CALC!=2050"

Public Function ATTRIBUTION(leads As Variant, times As Variant, channels As Variant, values As Variant, Optional model As Variant, Optional value_leads As Variant, Optional half_life As Variant) As Variant
    ATTRIBUTION = CallPython("ATTRIBUTION", Array(leads, times, channels, values, model, value_leads, half_life))
End Function

Public Function CLOSE_RATE(customers As Variant, leads As Variant) As Variant
    CLOSE_RATE = CallPython("CLOSE_RATE", Array(customers, leads))
End Function

Public Function WEIGHTED_CLOSE_RATE(close_rates As Variant, weights As Variant) As Variant
    WEIGHTED_CLOSE_RATE = CallPython("WEIGHTED_CLOSE_RATE", Array(close_rates, weights))
End Function

Public Function CLOSE_RATE_INTERVAL(customers As Variant, leads As Variant, Optional confidence As Variant) As Variant
    CLOSE_RATE_INTERVAL = CallPython("CLOSE_RATE_INTERVAL", Array(customers, leads, confidence))
End Function

Public Function CLOSE_RATE_BY(groups As Variant, customers As Variant, Optional leads As Variant, Optional confidence As Variant) As Variant
    CLOSE_RATE_BY = CallPython("CLOSE_RATE_BY", Array(groups, customers, leads, confidence))
End Function

Public Function MATURE_CLOSE_RATE(created As Variant, closed As Variant, won As Variant, Optional as_of As Variant, Optional sales_cycle_days As Variant) As Variant
    If IsMissing(as_of) Then
        Application.Volatile
        FillInput as_of, "As_Of"
    End If
    If IsMissing(sales_cycle_days) Then
        Application.Volatile
        FillInput sales_cycle_days, "Sales_Cycle_Days"
    End If
    MATURE_CLOSE_RATE = CallPython("MATURE_CLOSE_RATE", Array(created, closed, won, as_of, sales_cycle_days))
End Function

Public Function RETENTION_RATE(at_start As Variant, at_end As Variant, new_ As Variant) As Variant
    RETENTION_RATE = CallPython("RETENTION_RATE", Array(at_start, at_end, new_))
End Function

Public Function CHURN_RATE(at_start As Variant, at_end As Variant, new_ As Variant) As Variant
    CHURN_RATE = CallPython("CHURN_RATE", Array(at_start, at_end, new_))
End Function

Public Function LIFETIME_VALUE(revenue_per_period As Variant, gross_margin As Variant, churn_rate As Variant) As Variant
    LIFETIME_VALUE = CallPython("LIFETIME_VALUE", Array(revenue_per_period, gross_margin, churn_rate))
End Function

Public Function LTV_TO_CAC(lifetime_value As Variant, acquisition_cost As Variant) As Variant
    LTV_TO_CAC = CallPython("LTV_TO_CAC", Array(lifetime_value, acquisition_cost))
End Function

Public Function CAC_PAYBACK_MONTHS(acquisition_cost As Variant, revenue_per_month As Variant, Optional gross_margin As Variant) As Variant
    CAC_PAYBACK_MONTHS = CallPython("CAC_PAYBACK_MONTHS", Array(acquisition_cost, revenue_per_month, gross_margin))
End Function

Public Function REACH(email_contacts As Variant, Optional social_followers As Variant, Optional blog_subscribers As Variant, Optional others As Variant) As Variant
    REACH = CallPython("REACH", Array(email_contacts, social_followers, blog_subscribers, others))
End Function

Public Function VISIT_TO_LEAD_RATE(leads As Variant, visits As Variant) As Variant
    VISIT_TO_LEAD_RATE = CallPython("VISIT_TO_LEAD_RATE", Array(leads, visits))
End Function

Public Function LEAD_TO_MQL_RATE(mqls As Variant, leads As Variant) As Variant
    LEAD_TO_MQL_RATE = CallPython("LEAD_TO_MQL_RATE", Array(mqls, leads))
End Function

Public Function LEADS_WORKED_RATE(worked As Variant, leads As Variant) As Variant
    LEADS_WORKED_RATE = CallPython("LEADS_WORKED_RATE", Array(worked, leads))
End Function

Public Function WORKED_TO_CONNECTED_RATE(connected As Variant, worked As Variant) As Variant
    WORKED_TO_CONNECTED_RATE = CallPython("WORKED_TO_CONNECTED_RATE", Array(connected, worked))
End Function

Public Function MQL_TO_OPPORTUNITY_RATE(opportunities As Variant, mqls As Variant) As Variant
    MQL_TO_OPPORTUNITY_RATE = CallPython("MQL_TO_OPPORTUNITY_RATE", Array(opportunities, mqls))
End Function

Public Function OPPORTUNITY_TO_CUSTOMER_RATE(customers As Variant, opportunities As Variant) As Variant
    OPPORTUNITY_TO_CUSTOMER_RATE = CallPython("OPPORTUNITY_TO_CUSTOMER_RATE", Array(customers, opportunities))
End Function

Public Function LEAD_TO_CUSTOMER_RATE(customers As Variant, leads As Variant) As Variant
    LEAD_TO_CUSTOMER_RATE = CallPython("LEAD_TO_CUSTOMER_RATE", Array(customers, leads))
End Function

Public Function AVERAGE_DEAL_SIZE(revenue As Variant, customers As Variant) As Variant
    AVERAGE_DEAL_SIZE = CallPython("AVERAGE_DEAL_SIZE", Array(revenue, customers))
End Function

Public Function LANDING_PAGE_CONVERSION_RATE(submissions As Variant, views As Variant) As Variant
    LANDING_PAGE_CONVERSION_RATE = CallPython("LANDING_PAGE_CONVERSION_RATE", Array(submissions, views))
End Function

Public Function CLICK_THROUGH_RATE(clicks As Variant, views As Variant) As Variant
    CLICK_THROUGH_RATE = CallPython("CLICK_THROUGH_RATE", Array(clicks, views))
End Function

Public Function LEAD_VELOCITY_RATE(this_month As Variant, last_month As Variant) As Variant
    LEAD_VELOCITY_RATE = CallPython("LEAD_VELOCITY_RATE", Array(this_month, last_month))
End Function

Public Function FUNNEL(stages As Variant, counts As Variant) As Variant
    FUNNEL = CallPython("FUNNEL", Array(stages, counts))
End Function

Public Function FUNNEL_BY(groups As Variant, ParamArray counts() As Variant) As Variant
    Dim all_arguments() As Variant
    Dim place As Long
    ReDim all_arguments(0 To 1 + UBound(counts))
    If IsObject(groups) Then Set all_arguments(0) = groups Else all_arguments(0) = groups
    For place = 0 To UBound(counts)
        If IsObject(counts(place)) Then Set all_arguments(1 + place) = counts(place) Else all_arguments(1 + place) = counts(place)
    Next place
    FUNNEL_BY = CallPython("FUNNEL_BY", all_arguments)
End Function

Public Function BOTTLENECK(stages As Variant, counts As Variant, usual_rates As Variant) As Variant
    BOTTLENECK = CallPython("BOTTLENECK", Array(stages, counts, usual_rates))
End Function

Public Function SCORE_BANDS(scores As Variant, won As Variant, Optional bands As Variant, Optional counted As Variant) As Variant
    SCORE_BANDS = CallPython("SCORE_BANDS", Array(scores, won, bands, counted))
End Function

Public Function SCORE_AUC(scores As Variant, won As Variant, Optional counted As Variant) As Variant
    SCORE_AUC = CallPython("SCORE_AUC", Array(scores, won, counted))
End Function

Public Function SUGGESTED_POINTS(values As Variant, won As Variant, Optional scale_ As Variant) As Variant
    SUGGESTED_POINTS = CallPython("SUGGESTED_POINTS", Array(values, won, scale_))
End Function

Public Function KPI_BY(channels As Variant, spend As Variant, leads As Variant, opportunities As Variant, customers As Variant, revenue As Variant, Optional gross_margin As Variant, Optional most As Variant) As Variant
    KPI_BY = CallPython("KPI_BY", Array(channels, spend, leads, opportunities, customers, revenue, gross_margin, most))
End Function

Public Function RETENTION_BY(groups As Variant, started As Variant, ended As Variant, Optional as_of As Variant) As Variant
    If IsMissing(as_of) Then
        Application.Volatile
        FillInput as_of, "As_Of"
    End If
    RETENTION_BY = CallPython("RETENTION_BY", Array(groups, started, ended, as_of))
End Function

Public Function COST_PER_LEAD(spend As Variant, leads As Variant) As Variant
    COST_PER_LEAD = CallPython("COST_PER_LEAD", Array(spend, leads))
End Function

Public Function COST_PER_OPPORTUNITY(spend As Variant, opportunities As Variant) As Variant
    COST_PER_OPPORTUNITY = CallPython("COST_PER_OPPORTUNITY", Array(spend, opportunities))
End Function

Public Function CUSTOMER_ACQUISITION_COST(spend As Variant, customers As Variant) As Variant
    CUSTOMER_ACQUISITION_COST = CallPython("CUSTOMER_ACQUISITION_COST", Array(spend, customers))
End Function

Public Function MARKETING_ROI(revenue As Variant, cost As Variant, Optional gross_margin As Variant) As Variant
    MARKETING_ROI = CallPython("MARKETING_ROI", Array(revenue, cost, gross_margin))
End Function

Public Function WIN_RATE(won As Variant, lost As Variant) As Variant
    WIN_RATE = CallPython("WIN_RATE", Array(won, lost))
End Function

Public Function PIPELINE_COVERAGE(open_pipeline As Variant, quota As Variant, Optional already_won As Variant) As Variant
    PIPELINE_COVERAGE = CallPython("PIPELINE_COVERAGE", Array(open_pipeline, quota, already_won))
End Function

Public Function PIPELINE_VELOCITY(opportunities As Variant, win_rate As Variant, average_deal_size As Variant, cycle_days As Variant) As Variant
    PIPELINE_VELOCITY = CallPython("PIPELINE_VELOCITY", Array(opportunities, win_rate, average_deal_size, cycle_days))
End Function

Public Function LEAD_SCORE(headings As Variant, rows As Variant, rules As Variant) As Variant
    LEAD_SCORE = CallPython("LEAD_SCORE", Array(headings, rows, rules))
End Function

Public Function SALES_READY(score As Variant, Optional threshold As Variant) As Variant
    If IsMissing(threshold) Then
        Application.Volatile
        FillInput threshold, "Score_Threshold"
    End If
    SALES_READY = CallPython("SALES_READY", Array(score, threshold))
End Function

Public Function LEAD_QUEUE(ids As Variant, scores As Variant, owners As Variant, Optional threshold As Variant, Optional already_worked As Variant, Optional owner As Variant, Optional most As Variant) As Variant
    If IsMissing(threshold) Then
        Application.Volatile
        FillInput threshold, "Score_Threshold"
    End If
    LEAD_QUEUE = CallPython("LEAD_QUEUE", Array(ids, scores, owners, threshold, already_worked, owner, most))
End Function

Public Function CUSTOMERS_NEEDED(Optional revenue_goal As Variant, Optional average_deal_size As Variant, Optional expected_revenue As Variant) As Variant
    If IsMissing(revenue_goal) Then
        Application.Volatile
        FillInput revenue_goal, "Revenue_Goal"
    End If
    If IsMissing(average_deal_size) Then
        Application.Volatile
        FillInput average_deal_size, "Agreed_Deal_Size"
    End If
    If IsMissing(expected_revenue) Then
        Application.Volatile
        FillInput expected_revenue, "Expected_Revenue"
    End If
    CUSTOMERS_NEEDED = CallPython("CUSTOMERS_NEEDED", Array(revenue_goal, average_deal_size, expected_revenue))
End Function

Public Function LEADS_NEEDED(Optional customers As Variant, Optional close_rate As Variant, Optional confidence As Variant) As Variant
    If IsMissing(customers) Then
        Application.Volatile
        FillInput customers, "Customers_Goal"
    End If
    If IsMissing(close_rate) Then
        Application.Volatile
        FillInput close_rate, "Agreed_Close_Rate"
    End If
    LEADS_NEEDED = CallPython("LEADS_NEEDED", Array(customers, close_rate, confidence))
End Function

Public Function CHANCE_OF_GOAL(leads As Variant, close_rate As Variant, customers As Variant) As Variant
    CHANCE_OF_GOAL = CallPython("CHANCE_OF_GOAL", Array(leads, close_rate, customers))
End Function

Public Function LEADS_NEEDED_BY_TYPE(customers As Variant, types As Variant, close_rates As Variant, mix As Variant) As Variant
    LEADS_NEEDED_BY_TYPE = CallPython("LEADS_NEEDED_BY_TYPE", Array(customers, types, close_rates, mix))
End Function

Public Function CUSTOMERS_EXPECTED(leads As Variant, close_rates As Variant) As Variant
    CUSTOMERS_EXPECTED = CallPython("CUSTOMERS_EXPECTED", Array(leads, close_rates))
End Function

Public Function LEADS_PER_REP(Optional quota As Variant, Optional average_deal_size As Variant, Optional close_rate As Variant) As Variant
    If IsMissing(quota) Then
        Application.Volatile
        FillInput quota, "Quota"
    End If
    If IsMissing(average_deal_size) Then
        Application.Volatile
        FillInput average_deal_size, "Agreed_Deal_Size"
    End If
    If IsMissing(close_rate) Then
        Application.Volatile
        FillInput close_rate, "Agreed_Close_Rate"
    End If
    LEADS_PER_REP = CallPython("LEADS_PER_REP", Array(quota, average_deal_size, close_rate))
End Function

Public Function LEAD_POINTS(close_rate As Variant) As Variant
    LEAD_POINTS = CallPython("LEAD_POINTS", Array(close_rate))
End Function

Public Function LEAD_VALUE(Optional close_rate As Variant, Optional average_deal_size As Variant) As Variant
    If IsMissing(close_rate) Then
        Application.Volatile
        FillInput close_rate, "Agreed_Close_Rate"
    End If
    If IsMissing(average_deal_size) Then
        Application.Volatile
        FillInput average_deal_size, "Agreed_Deal_Size"
    End If
    LEAD_VALUE = CallPython("LEAD_VALUE", Array(close_rate, average_deal_size))
End Function

Public Function LEADS_WORTH(lead_types As Variant, types As Variant, worths As Variant, Optional counts As Variant) As Variant
    LEADS_WORTH = CallPython("LEADS_WORTH", Array(lead_types, types, worths, counts))
End Function

Public Function REVENUE_PIPELINE(leads As Variant, close_rate As Variant, average_deal_size As Variant) As Variant
    REVENUE_PIPELINE = CallPython("REVENUE_PIPELINE", Array(leads, close_rate, average_deal_size))
End Function

Public Function SLA_WATERFALL(dates As Variant, Optional amounts As Variant, Optional goal As Variant, Optional month As Variant, Optional as_of As Variant, Optional holidays As Variant, Optional days As Variant) As Variant
    If IsMissing(goal) Then
        Application.Volatile
        FillInput goal, "Lead_Goal"
    End If
    If IsMissing(month) Then
        Application.Volatile
        FillInput month, "SLA_Month"
    End If
    If IsMissing(as_of) Then
        Application.Volatile
        FillInput as_of, "As_Of"
    End If
    If IsMissing(holidays) Then
        Application.Volatile
        FillInput holidays, "Holidays"
    End If
    If IsMissing(days) Then
        Application.Volatile
        FillInput days, "SLA_Days"
    End If
    SLA_WATERFALL = CallPython("SLA_WATERFALL", Array(dates, amounts, goal, month, as_of, holidays, days))
End Function

Public Function SLA_GOAL_TO_DATE(Optional goal As Variant, Optional date_ As Variant, Optional holidays As Variant, Optional days As Variant) As Variant
    If IsMissing(goal) Then
        Application.Volatile
        FillInput goal, "Lead_Goal"
    End If
    If IsMissing(date_) Then
        Application.Volatile
        FillInput date_, "As_Of"
    End If
    If IsMissing(holidays) Then
        Application.Volatile
        FillInput holidays, "Holidays"
    End If
    If IsMissing(days) Then
        Application.Volatile
        FillInput days, "SLA_Days"
    End If
    SLA_GOAL_TO_DATE = CallPython("SLA_GOAL_TO_DATE", Array(goal, date_, holidays, days))
End Function

Public Function SLA_ATTAINMENT(actual As Variant, goal As Variant) As Variant
    SLA_ATTAINMENT = CallPython("SLA_ATTAINMENT", Array(actual, goal))
End Function

Public Function SLA_STATUS(actual_to_date As Variant, goal_to_date As Variant, Optional tolerance As Variant) As Variant
    SLA_STATUS = CallPython("SLA_STATUS", Array(actual_to_date, goal_to_date, tolerance))
End Function

Public Function SLA_PROJECTION(actual_to_date As Variant, Optional date_ As Variant, Optional holidays As Variant, Optional days As Variant) As Variant
    If IsMissing(date_) Then
        Application.Volatile
        FillInput date_, "As_Of"
    End If
    If IsMissing(holidays) Then
        Application.Volatile
        FillInput holidays, "Holidays"
    End If
    If IsMissing(days) Then
        Application.Volatile
        FillInput days, "SLA_Days"
    End If
    SLA_PROJECTION = CallPython("SLA_PROJECTION", Array(actual_to_date, date_, holidays, days))
End Function

Public Function SLA_PACE_NEEDED(actual_to_date As Variant, Optional goal As Variant, Optional date_ As Variant, Optional holidays As Variant, Optional days As Variant) As Variant
    If IsMissing(goal) Then
        Application.Volatile
        FillInput goal, "Lead_Goal"
    End If
    If IsMissing(date_) Then
        Application.Volatile
        FillInput date_, "As_Of"
    End If
    If IsMissing(holidays) Then
        Application.Volatile
        FillInput holidays, "Holidays"
    End If
    If IsMissing(days) Then
        Application.Volatile
        FillInput days, "SLA_Days"
    End If
    SLA_PACE_NEEDED = CallPython("SLA_PACE_NEEDED", Array(actual_to_date, goal, date_, holidays, days))
End Function

Public Function SALES_SLA(owners As Variant, assigned As Variant, first_worked As Variant, attempts As Variant, connected As Variant, Optional as_of As Variant, Optional worked_goal As Variant, Optional min_attempts As Variant, Optional max_hours As Variant, Optional opens As Variant, Optional closes As Variant, Optional holidays As Variant) As Variant
    If IsMissing(as_of) Then
        Application.Volatile
        FillInput as_of, "As_Of"
    End If
    If IsMissing(worked_goal) Then
        Application.Volatile
        FillInput worked_goal, "Worked_Goal"
    End If
    If IsMissing(min_attempts) Then
        Application.Volatile
        FillInput min_attempts, "Min_Attempts"
    End If
    If IsMissing(max_hours) Then
        Application.Volatile
        FillInput max_hours, "Max_Hours"
    End If
    If IsMissing(opens) Then
        Application.Volatile
        FillInput opens, "Opens"
    End If
    If IsMissing(closes) Then
        Application.Volatile
        FillInput closes, "Closes"
    End If
    If IsMissing(holidays) Then
        Application.Volatile
        FillInput holidays, "Holidays"
    End If
    SALES_SLA = CallPython("SALES_SLA", Array(owners, assigned, first_worked, attempts, connected, as_of, worked_goal, min_attempts, max_hours, opens, closes, holidays))
End Function

Public Function SPEED_TO_LEAD(assigned As Variant, Optional first_worked As Variant, Optional opens As Variant, Optional closes As Variant, Optional holidays As Variant) As Variant
    If IsMissing(opens) Then
        Application.Volatile
        FillInput opens, "Opens"
    End If
    If IsMissing(closes) Then
        Application.Volatile
        FillInput closes, "Closes"
    End If
    If IsMissing(holidays) Then
        Application.Volatile
        FillInput holidays, "Holidays"
    End If
    SPEED_TO_LEAD = CallPython("SPEED_TO_LEAD", Array(assigned, first_worked, opens, closes, holidays))
End Function

Public Function ATTEMPTS_MET(attempts As Variant, connected As Variant, Optional min_attempts As Variant) As Variant
    If IsMissing(min_attempts) Then
        Application.Volatile
        FillInput min_attempts, "Min_Attempts"
    End If
    ATTEMPTS_MET = CallPython("ATTEMPTS_MET", Array(attempts, connected, min_attempts))
End Function

Public Function FUNNEL_TARGETS(customers As Variant, stages As Variant, rates As Variant) As Variant
    FUNNEL_TARGETS = CallPython("FUNNEL_TARGETS", Array(customers, stages, rates))
End Function

Public Function LEAD_MONTH(customers_due As Variant, Optional sales_cycle_months As Variant) As Variant
    If IsMissing(sales_cycle_months) Then
        Application.Volatile
        FillInput sales_cycle_months, "Sales_Cycle_Months"
    End If
    LEAD_MONTH = CallPython("LEAD_MONTH", Array(customers_due, sales_cycle_months))
End Function

Public Function LEAD_SCHEDULE(months As Variant, customers As Variant, Optional close_rate As Variant, Optional sales_cycle_months As Variant) As Variant
    If IsMissing(close_rate) Then
        Application.Volatile
        FillInput close_rate, "Agreed_Close_Rate"
    End If
    If IsMissing(sales_cycle_months) Then
        Application.Volatile
        FillInput sales_cycle_months, "Sales_Cycle_Months"
    End If
    LEAD_SCHEDULE = CallPython("LEAD_SCHEDULE", Array(months, customers, close_rate, sales_cycle_months))
End Function

Public Function SLA_GOAL(method As Variant, months As Variant, totals As Variant, Optional month As Variant, Optional custom As Variant) As Variant
    If IsMissing(month) Then
        Application.Volatile
        FillInput month, "SLA_Month"
    End If
    If IsMissing(custom) Then
        Application.Volatile
        FillInput custom, "Custom_Goal"
    End If
    SLA_GOAL = CallPython("SLA_GOAL", Array(method, months, totals, month, custom))
End Function

Public Sub RegisterFunctions()
    Describe1
    Describe2
    Describe3
    Describe4
    Describe5
    Describe6
    Describe7
    Describe8
    Describe9
    Describe10
    Describe11
    Describe12
    Describe13
    Describe14
End Sub

Private Sub Describe1()
    Describe "ATTRIBUTION", _
        "xlsmkt: Attribution", _
        "How the customers and their revenue are shared among the channels that touched them, most credit first.", _
        "The lead of each touch: its ID, upper and lower case as written. A row that lacks its lead, time or channel is left out.", _
        "When each touch was. Touches at the same time count in the order of their rows.", _
        "The channel of each touch. Upper and lower case are the same.", _
        "The revenue of each touch's lead, in one of the lead's rows or in all of them. With value_leads, a column of another table, one row for each lead. A lead converted when its value is more than 0: blank, 0 and FALSE are leads that did not buy.", _
        """first"" or ""last"" touch takes all; ""linear"": all touches alike; ""time decay"": half as much for each half_life before the last touch; ""U-shaped"": 40% first, 40% last, 20% spread over the others; ""W-shaped""", _
        "The lead of each value, where the values stand in a table of their own.", _
        "Days in which a touch loses half its weight, for ""time decay""."
End Sub

Private Sub Describe2()
    Describe "CLOSE_RATE", _
        "xlsmkt: Close rates", _
        "Share of leads that became customers.", _
        "Customers won from these leads.", _
        "Leads made."
    Describe "WEIGHTED_CLOSE_RATE", _
        "xlsmkt: Close rates", _
        "Close rate of several kinds of lead together.", _
        "Close rate of each kind of lead.", _
        "Share of each kind in the leads, or its lead count. A row with a blank cell is left out."
    Describe "CLOSE_RATE_INTERVAL", _
        "xlsmkt: Close rates", _
        "Between which rates the true close rate lies: low and high, side by side.", _
        "Customers won from these leads.", _
        "Leads made.", _
        "How sure to be, more than 0% and less than 100%."
    Describe "CLOSE_RATE_BY", _
        "xlsmkt: Close rates", _
        "Close rates by lead type, industry, source or any other group, the largest group first.", _
        "The group of each row. Upper and lower case are the same; rows without a group are left out.", _
        "Without leads, a row is one lead: TRUE, 1, ""won"" or the date it was won make it a customer. With leads, the number of customers in the row.", _
        "The number of leads in the row, for data that are counted already.", _
        "How sure low and high are to be."
    Describe "MATURE_CLOSE_RATE", _
        "xlsmkt: Close rates", _
        "Close rate of the leads that had at least one sales cycle to close.", _
        "Day on which each lead was made; rows without it are left out.", _
        "Day on which it was won or lost; blank while it is open. Later than as_of, it counts as open.", _
        "Whether it became a customer: TRUE, 1, ""won"" or a date.", _
        "The day that the figure speaks of. The workbook's As_Of fills it when left out.", _
        "Days from lead to customer. The workbook's Sales_Cycle_Days fills it when left out."
End Sub

Private Sub Describe3()
    Describe "RETENTION_RATE", _
        "xlsmkt: Customer value", _
        "Share of a period's first customers that are still customers at its end.", _
        "Customers on the first day of the period.", _
        "Customers on its last day.", _
        "Customers won in the period."
    Describe "CHURN_RATE", _
        "xlsmkt: Customer value", _
        "Share of a period's first customers that were lost by its end.", _
        "Customers on the first day of the period.", _
        "Customers on its last day.", _
        "Customers won in the period."
    Describe "LIFETIME_VALUE", _
        "xlsmkt: Customer value", _
        "What a customer is worth over all the time that it stays (LTV, also CLV).", _
        "Revenue of one customer in a month, or in another period.", _
        "Share of the revenue that is left after the cost of what was sold.", _
        "Share of the customers lost in the same period; see CHURN_RATE."
    Describe "LTV_TO_CAC", _
        "xlsmkt: Customer value", _
        "How many times a customer brings in what it cost to win.", _
        "What a customer is worth; see LIFETIME_VALUE.", _
        "What a new customer cost; see CUSTOMER_ACQUISITION_COST."
    Describe "CAC_PAYBACK_MONTHS", _
        "xlsmkt: Customer value", _
        "Months until a new customer has paid back what it cost to win.", _
        "What a new customer cost; see CUSTOMER_ACQUISITION_COST.", _
        "Revenue of one customer in a month.", _
        "Share of the revenue that is left after the cost of what was sold. Left out: 100%, for a revenue that is net of that cost already."
End Sub

Private Sub Describe4()
    Describe "REACH", _
        "xlsmkt: Funnel ratios", _
        "How many people marketing can address.", _
        "People on the e-mail list.", _
        "Followers in the social networks.", _
        "Subscribers of the blog.", _
        "Any other audience."
    Describe "VISIT_TO_LEAD_RATE", _
        "xlsmkt: Funnel ratios", _
        "Share of visits that left a lead.", _
        "Leads made from these visits.", _
        "Visits to the site."
    Describe "LEAD_TO_MQL_RATE", _
        "xlsmkt: Funnel ratios", _
        "Share of leads that marketing qualified.", _
        "Leads that became marketing qualified leads (MQLs).", _
        "Leads made."
    Describe "LEADS_WORKED_RATE", _
        "xlsmkt: Funnel ratios", _
        "Share of leads that sales worked.", _
        "Leads that sales tried to reach at least once.", _
        "Leads handed to sales."
    Describe "WORKED_TO_CONNECTED_RATE", _
        "xlsmkt: Funnel ratios", _
        "Share of worked leads that sales reached.", _
        "Leads that answered.", _
        "Leads that sales tried to reach at least once."
    Describe "MQL_TO_OPPORTUNITY_RATE", _
        "xlsmkt: Funnel ratios", _
        "Share of qualified leads that became opportunities.", _
        "Opportunities opened from these leads.", _
        "Marketing qualified leads (MQLs)."
    Describe "OPPORTUNITY_TO_CUSTOMER_RATE", _
        "xlsmkt: Funnel ratios", _
        "Share of opportunities that became customers.", _
        "Customers won from these opportunities.", _
        "Opportunities opened."
    Describe "LEAD_TO_CUSTOMER_RATE", _
        "xlsmkt: Funnel ratios", _
        "Share of leads that became customers, from one end of the funnel to the other.", _
        "Customers won from these leads.", _
        "Leads made."
    Describe "AVERAGE_DEAL_SIZE", _
        "xlsmkt: Funnel ratios", _
        "Revenue of one new customer on average.", _
        "Revenue of the new customers.", _
        "New customers."
    Describe "LANDING_PAGE_CONVERSION_RATE", _
        "xlsmkt: Funnel ratios", _
        "Share of a landing page's views that ended in a submitted form.", _
        "Forms submitted.", _
        "Views of the landing page."
    Describe "CLICK_THROUGH_RATE", _
        "xlsmkt: Funnel ratios", _
        "Share of a call to action's views that were clicked.", _
        "Clicks on the call to action.", _
        "Views of the call to action."
    Describe "LEAD_VELOCITY_RATE", _
        "xlsmkt: Funnel ratios", _
        "Growth of the leads from month to month.", _
        "Qualified leads of this month.", _
        "Qualified leads of the month before."
End Sub

Private Sub Describe5()
    Describe "FUNNEL", _
        "xlsmkt: Funnel tables", _
        "The funnel stage by stage: how many, what share of the stage before and of the first, and how many were lost.", _
        "The stages, top of the funnel first. Blank rows are left out.", _
        "How many reached each stage."
    Describe "FUNNEL_BY", _
        "xlsmkt: Funnel tables", _
        "The funnel of each group (source, campaign, industry), the largest group first.", _
        "The group of each row. Upper and lower case are the same; rows without a group are left out.", _
        "A column for each stage, top of the funnel first: how many of the row reached it. With their headings in the first row of every range, the table takes them; else the stages are numbered."
    Describe "BOTTLENECK", _
        "xlsmkt: Funnel tables", _
        "The stage of the funnel that falls furthest below its usual rate.", _
        "The stages, top of the funnel first.", _
        "How many reached each stage.", _
        "The usual rate of each stage from the stage before. The first stage has none: leave its cell blank, or leave it out. A stage with a blank rate is not compared."
End Sub

Private Sub Describe6()
    Describe "SCORE_BANDS", _
        "xlsmkt: How well scores predict", _
        "Close rate of the leads by bands of their score, the best band first.", _
        "Score of each lead. Rows without it are left out.", _
        "Whether it became a customer: TRUE, 1, ""won"" or a date.", _
        "One number: so many bands, of as nearly equal lead counts as equal scores, which stay together, allow. Several: the lowest score of each band; leads below all of them form a last band, and a band without leads has no row. Left out or 0: 5 bands.", _
        "A mark (TRUE, 1 or a date) for the leads that count: those that have had the time to become customers. Left out: all."
    Describe "SCORE_AUC", _
        "xlsmkt: How well scores predict", _
        "How well a score tells customers from the other leads: 1 always, 0.5 like a coin, below 0.5 the wrong way round.", _
        "Score of each lead. Rows without it are left out.", _
        "Whether it became a customer: TRUE, 1, ""won"" or a date.", _
        "A mark (TRUE, 1 or a date) for the leads that count: those that have had the time to become customers. Left out: all."
    Describe "SUGGESTED_POINTS", _
        "xlsmkt: How well scores predict", _
        "Points for each value of an attribute from the close rate of its leads, the most points first.", _
        "Each lead's value of the attribute (industry, country, job title). Upper and lower case are the same; rows without it are left out.", _
        "Whether it became a customer: TRUE, 1, ""won"" or a date.", _
        "Points of the best value."
End Sub

Private Sub Describe7()
    Describe "KPI_BY", _
        "xlsmkt: KPI tables", _
        "The KPIs of each channel, campaign or rep, most leads first.", _
        "The channel, campaign or rep of each row. Upper and lower case are the same; rows without one are left out.", _
        "What was spent; a credit is negative. Rows of spend may hold no leads and rows of leads no spend, so tables may be stacked.", _
        "Leads made.", _
        "Opportunities opened.", _
        "Customers won.", _
        "Revenue won.", _
        "Share of the revenue that is left after the cost of what was sold. Left out: 100%.", _
        "How many groups to show at most; the others, those with the fewest leads, stand together in the row ""(others)"". Left out or 0: all."
    Describe "RETENTION_BY", _
        "xlsmkt: KPI tables", _
        "Which channel's customers stay: how many of each group's customers are still there, the largest group first.", _
        "The channel, campaign or rep that won each customer. Upper and lower case are the same; rows without a group are left out.", _
        "Day on which each became a customer. Rows without it, or with a later one than as_of, are left out.", _
        "Day on which it left, the first day without it; blank while it is a customer. Later than as_of, it has stayed.", _
        "The day that the table speaks of. The workbook's As_Of fills it when left out."
End Sub

Private Sub Describe8()
    Describe "COST_PER_LEAD", _
        "xlsmkt: KPIs", _
        "What one lead cost (CPL).", _
        "What marketing spent to make these leads.", _
        "Leads made."
    Describe "COST_PER_OPPORTUNITY", _
        "xlsmkt: KPIs", _
        "What one opportunity cost.", _
        "What marketing spent to open these opportunities.", _
        "Opportunities opened, whatever became of them."
    Describe "CUSTOMER_ACQUISITION_COST", _
        "xlsmkt: KPIs", _
        "What one new customer cost (CAC).", _
        "What marketing and sales spent to win these customers.", _
        "New customers won."
    Describe "MARKETING_ROI", _
        "xlsmkt: KPIs", _
        "What marketing returned on each unit of money spent (return on investment).", _
        "Revenue that marketing brought in.", _
        "What marketing cost.", _
        "Share of the revenue that is left after the cost of what was sold. Left out: 100%."
    Describe "WIN_RATE", _
        "xlsmkt: KPIs", _
        "Share of closed deals that were won.", _
        "Deals won.", _
        "Deals lost. Open ones are neither."
    Describe "PIPELINE_COVERAGE", _
        "xlsmkt: KPIs", _
        "How many times the open deals cover what is still to be won.", _
        "Value of the deals still open.", _
        "Revenue to win in the period.", _
        "Revenue won in the period so far."
    Describe "PIPELINE_VELOCITY", _
        "xlsmkt: KPIs", _
        "Revenue a day that the pipeline yields at its present pace.", _
        "Opportunities in the pipeline.", _
        "Share of them that will be won; see WIN_RATE.", _
        "Revenue of one won deal.", _
        "Days from opportunity to won deal."
End Sub

Private Sub Describe9()
    Describe "LEAD_SCORE", _
        "xlsmkt: Lead scoring", _
        "Score of each lead by rules: explicit points for who it is, implicit ones for what it did.", _
        "The headings of the leads' columns, side by side.", _
        "The leads, one a row. Only the columns that a rule names are read; a blank cell earns nothing. A blank row has a blank score.", _
        "Five columns, with or without their headings: attribute (a heading of the leads), test, value, points, kind (explicit or implicit). Tests are: is; is one of (values separated by "";"", else by "",""); at least; at most; contains; ideal."
    Describe "SALES_READY", _
        "xlsmkt: Lead scoring", _
        "Whether a lead is ready for sales, or goes back to nurturing.", _
        "Score of the lead.", _
        "The score from which sales calls a lead. The workbook's Score_Threshold fills it when left out."
    Describe "LEAD_QUEUE", _
        "xlsmkt: Lead scoring", _
        "The call list, best lead first, and below it the leads that go back to nurturing.", _
        "Each lead's id or name. Rows without it are left out.", _
        "Each lead's score. Rows without it are left out.", _
        "The rep who has the lead; blank where nobody has it yet.", _
        "The score from which sales calls a lead. The workbook's Score_Threshold fills it when left out.", _
        "A mark (TRUE, 1, or a date) for the leads that need no call any more: they are left out.", _
        "Only this rep's leads, in upper or lower case. Left out: everybody's.", _
        "At most so many rows in the whole list. Left out or 0: all."
End Sub

Private Sub Describe10()
    Describe "CUSTOMERS_NEEDED", _
        "xlsmkt: Lead targets", _
        "New customers to win so that a revenue goal is reached.", _
        "Revenue to reach in the period. The workbook's Revenue_Goal fills it when left out.", _
        "Revenue of one new customer. The workbook's Agreed_Deal_Size fills it when left out.", _
        "Revenue of the period that is certain without new customers (renewals, signed deals). Left out: none. The workbook's Expected_Revenue fills it when left out."
    Describe "LEADS_NEEDED", _
        "xlsmkt: Lead targets", _
        "Leads that marketing must make to win a number of customers.", _
        "New customers to win, one sales cycle from now. The workbook's Customers_Goal fills it when left out.", _
        "Share of leads that become customers. Several kinds of lead: see WEIGHTED_CLOSE_RATE. The workbook's Agreed_Close_Rate fills it when left out.", _
        "Chance of reaching the customers that the leads must give, each lead closing by itself (binomial). Left out or 0: the plain average, which misses the goal about half the time."
    Describe "CHANCE_OF_GOAL", _
        "xlsmkt: Lead targets", _
        "Chance that a number of leads wins at least that many customers.", _
        "Leads made.", _
        "Share of leads that become customers.", _
        "Customers to reach."
    Describe "LEADS_NEEDED_BY_TYPE", _
        "xlsmkt: Lead targets", _
        "Leads to make of each lead type so that together they win a number of customers.", _
        "New customers to win, one sales cycle from now.", _
        "The lead types (demo, whitepaper). Rows with a blank cell are left out.", _
        "Close rate of each type.", _
        "Share of each type in the leads, or its lead count; only the proportions matter."
    Describe "CUSTOMERS_EXPECTED", _
        "xlsmkt: Lead targets", _
        "Customers to expect from the leads at hand, type by type.", _
        "Leads of each type.", _
        "Close rate of each type; one rate for all is taken, too. A row with a blank cell adds nothing."
    Describe "LEADS_PER_REP", _
        "xlsmkt: Lead targets", _
        "Leads that one sales rep needs to reach the quota.", _
        "Revenue that the rep must close. A column of quotas: the leads of each rep; their sum is what marketing owes. The workbook's Quota fills it when left out.", _
        "Revenue of one new customer. The workbook's Agreed_Deal_Size fills it when left out.", _
        "Share of leads that become customers. The workbook's Agreed_Close_Rate fills it when left out."
End Sub

Private Sub Describe11()
    Describe "LEAD_POINTS", _
        "xlsmkt: Lead worth", _
        "Points of a lead in a point-based SLA.", _
        "Close rate of the lead's type."
    Describe "LEAD_VALUE", _
        "xlsmkt: Lead worth", _
        "Money that a lead is worth on average.", _
        "Close rate of the lead's type. The workbook's Agreed_Close_Rate fills it when left out.", _
        "Revenue of one new customer. The workbook's Agreed_Deal_Size fills it when left out."
    Describe "LEADS_WORTH", _
        "xlsmkt: Lead worth", _
        "Points or money of a batch of leads.", _
        "The type of each lead, or of each row of counted leads. Upper and lower case are the same.", _
        "The list of lead types.", _
        "Points or money of each type in the list.", _
        "Leads in each row. Left out: each row is one lead."
    Describe "REVENUE_PIPELINE", _
        "xlsmkt: Lead worth", _
        "Revenue to expect from the leads at hand.", _
        "Leads at hand, in all or of each type.", _
        "Their close rate, one for all or one for each type. A row with a blank cell adds nothing.", _
        "Revenue of one new customer, one for all or one for each type."
End Sub

Private Sub Describe12()
    Describe "SLA_WATERFALL", _
        "xlsmkt: Marketing SLA", _
        "The month day by day: what came in, what it adds up to, and what the goal asks for.", _
        "Day of each lead, or of each row of counted leads. Rows without a date are left out.", _
        "Leads, points or money of each row. Left out: each row is one lead.", _
        "What marketing promised for the month. The workbook's Lead_Goal fills it when left out.", _
        "The month: any day of it. Left out, without an input: that of as_of, or else of the last date. The workbook's SLA_Month fills it when left out.", _
        "The last day that is known. Later days show the goal and leave the actuals blank. Left out: all are known. The workbook's As_Of fills it when left out.", _
        "Days off besides Saturdays and Sundays. The workbook's Holidays fills it when left out.", _
        """business"" spreads the goal over Mondays to Fridays without the holidays; what arrives on a day off counts on the next business day, after the month's last one on that last one, so that the last row... The workbook's SLA_Days fills it when left out."
    Describe "SLA_GOAL_TO_DATE", _
        "xlsmkt: Marketing SLA", _
        "What the month's goal asks for by a date: the waterfall's goal line on that day.", _
        "What marketing promised for the month. The workbook's Lead_Goal fills it when left out.", _
        "The day, itself counted. On a day off: as on the business day before. The workbook's As_Of fills it when left out.", _
        "Days off besides Saturdays and Sundays. The workbook's Holidays fills it when left out.", _
        """business"": Mondays to Fridays without the holidays count; ""calendar"": every day. The workbook's SLA_Days fills it when left out."
    Describe "SLA_ATTAINMENT", _
        "xlsmkt: Marketing SLA", _
        "How much of a goal is reached: of leads, points or revenue, of a day, a month or a quarter.", _
        "What was reached.", _
        "What was promised for the same time."
    Describe "SLA_STATUS", _
        "xlsmkt: Marketing SLA", _
        "Whether marketing is ahead, on track or behind.", _
        "What came in so far.", _
        "What the goal asks for so far.", _
        "Share of the goal to date that is still on track. Left out: 5%."
    Describe "SLA_PROJECTION", _
        "xlsmkt: Marketing SLA", _
        "The month's end at the pace so far.", _
        "What came in so far.", _
        "The day up to which it came in, itself counted. The workbook's As_Of fills it when left out.", _
        "Days off besides Saturdays and Sundays. The workbook's Holidays fills it when left out.", _
        """business"": Mondays to Fridays without the holidays count; ""calendar"": every day. The workbook's SLA_Days fills it when left out."
    Describe "SLA_PACE_NEEDED", _
        "xlsmkt: Marketing SLA", _
        "What must come in on each remaining day of the month so that the goal is reached.", _
        "What came in so far.", _
        "What marketing promised for the month. The workbook's Lead_Goal fills it when left out.", _
        "The day up to which it came in; the days after it remain. The workbook's As_Of fills it when left out.", _
        "Days off besides Saturdays and Sundays. The workbook's Holidays fills it when left out.", _
        """business"": Mondays to Fridays without the holidays count; ""calendar"": every day. The workbook's SLA_Days fills it when left out."
End Sub

Private Sub Describe13()
    Describe "SALES_SLA", _
        "xlsmkt: Sales SLA", _
        "What each rep did with the leads: worked, connected, tried, touched in time; SLA met by the share worked.", _
        "The rep of each lead. Upper and lower case are the same; leads without a rep are left out.", _
        "Day and hour at which the rep got the lead. Blank: a lead of which the hours are not known.", _
        "Day and hour of the first touch. Blank, but tried or connected: worked, the hour unknown; else not worked yet.", _
        "Calls and e-mails to the lead so far; blank is none.", _
        "Whether the lead was reached: TRUE, 1, ""yes"" or the date.", _
        "The day that the figures speak of: what is dated after it does not count; attempts have no date and do. Left out, without an input: all counts. The workbook's As_Of fills it when left out.", _
        "Share of their leads that reps promised to work. The workbook's Worked_Goal fills it when left out.", _
        "Attempts promised before a lead that is not reached may be given up. The workbook's Min_Attempts fills it when left out.", _
        "Business hours promised from assignment to first touch. The workbook's Max_Hours fills it when left out.", _
        "Hour at which the business day begins. The workbook's Opens fills it when left out.", _
        "Hour at which it ends; 0 and 24 are a team that works around the clock. The workbook's Closes fills it when left out.", _
        "Days off besides Saturdays and Sundays. The workbook's Holidays fills it when left out."
    Describe "SPEED_TO_LEAD", _
        "xlsmkt: Sales SLA", _
        "Business hours from the assignment of a lead to its first touch.", _
        "Day and hour at which the rep got the lead, local; a time zone in it is left aside.", _
        "Day and hour of the first touch, of the same clock.", _
        "Hour at which the business day begins: 9, 8.5, ""8:30"" or a cell that shows a time. The workbook's Opens fills it when left out.", _
        "Hour at which it ends; 0 and 24 are a team that works around the clock. The workbook's Closes fills it when left out.", _
        "Days off besides Saturdays and Sundays. The workbook's Holidays fills it when left out."
    Describe "ATTEMPTS_MET", _
        "xlsmkt: Sales SLA", _
        "Whether a lead got the attempts that sales promised: it was reached, or tried often enough.", _
        "Calls and e-mails to the lead so far.", _
        "Whether the lead was reached: TRUE, 1, ""yes"" or the date.", _
        "Attempts promised before a lead that is not reached may be given up. The workbook's Min_Attempts fills it when left out."
End Sub

Private Sub Describe14()
    Describe "FUNNEL_TARGETS", _
        "xlsmkt: Stage and month targets", _
        "What each stage of the funnel must hold, from the customers back up to the visits.", _
        "Customers to win: what the last stage must hold.", _
        "The stages, top of the funnel first, the customers last.", _
        "Rate of each stage from the stage before. The first stage has none: leave its cell blank, or leave it out."
    Describe "LEAD_MONTH", _
        "xlsmkt: Stage and month targets", _
        "First day of the month in which the leads must be made.", _
        "A day of the month in which the customers are due; ""2026-03"" is its first day.", _
        "Months from lead to customer; 0.5 is half a month. The workbook's Sales_Cycle_Months fills it when left out."
    Describe "LEAD_SCHEDULE", _
        "xlsmkt: Stage and month targets", _
        "The leads to make in each month, so that the customers come when they are due.", _
        "The months in which customers are due: any day of the month. A month may stand in several rows.", _
        "Customers due in each month.", _
        "Share of leads that become customers. The workbook's Agreed_Close_Rate fills it when left out.", _
        "Months from lead to customer. A fraction splits a month's customers over two lead months, as if they came evenly through the month. The workbook's Sales_Cycle_Months fills it when left out."
    Describe "SLA_GOAL", _
        "xlsmkt: Stage and month targets", _
        "The month's marketing goal, agreed by hand or taken from the months before.", _
        "How the goal is set.", _
        "The months of the history, or the days: any day of the month will do, the rows of a month are added up.", _
        "Leads, points or money of each row.", _
        "The month that the goal is for: any day of it. The workbook's SLA_Month fills it when left out.", _
        "The goal agreed by hand, for the method ""custom"". The workbook's Custom_Goal fills it when left out."
End Sub

Private Sub Describe(ByVal function_name As String, ByVal category As String, ByVal summary As String, _
        ParamArray arguments() As Variant)
    Dim texts() As String
    Dim place As Long
    ' a function without its words still computes
    On Error Resume Next
    ReDim texts(0 To UBound(arguments))
    For place = 0 To UBound(arguments)
        texts(place) = arguments(place)
    Next place
    ' another workbook that is open may have the same functions
    Application.MacroOptions Macro:="'" & Replace(ThisWorkbook.Name, "'", "''") & "'!" & function_name, _
        Description:=summary, Category:=category, _
        ArgumentDescriptions:=texts
End Sub
